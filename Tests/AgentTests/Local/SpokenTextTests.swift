import Testing

@testable import Agent

struct SpokenTextTests {
    @Test(
        "Numbers, times, money and telephone numbers are written as they are said",
        arguments: [
            ("open from 9:00 to 17:30.", "open from nine o'clock to seventeen thirty."),
            ("at 9am or 5:05 pm", "at nine AM or five oh five PM"),
            ("from 9 a.m. to 5 p.m. We are closed on Sunday.", "from nine AM to five PM. We are closed on Sunday."),
            ("nine am sharp", "nine AM sharp"),
            ("That is who I am.", "That is who I am."),
            ("open 9-5, 9:00-17:00", "open nine to five, nine o'clock to seventeen o'clock"),
            ("at 12:00am", "at twelve AM"),
            ("at 25:00", "at 25:00"),
            ("It costs $12.50, or $1.", "It costs twelve dollars and fifty cents, or one dollar."),
            (
                "$1.5 million, £3.01 or 12€",
                "one point five million dollars, three pounds and one penny or twelve euros"
            ),
            ("$1,250", "one thousand two hundred fifty dollars"),
            ("$ or $x", "$ or $x"),
            ("call 555-0134", "call five five five, zero one three four"),
            ("call +15550134", "call plus one five five five zero one three four"),
            ("call (555) 010-0123 now", "call five five five, zero one zero, zero one two three now"),
            ("+1 555 0134.", "plus one, five five five, zero one three four."),
            ("it is 020 7946 0018, thanks", "it is zero two zero, seven nine four six, zero zero one eight, thanks"),
            ("rooms 12 and 14", "rooms twelve and fourteen"),
            ("in 2026", "in two thousand twenty-six"),
            ("1999, 1905 or 1900", "nineteen ninety-nine, nineteen oh five or nineteen hundred"),
            ("on 2026-11-24.", "on November twenty-fourth, two thousand twenty-six."),
            ("2026-13-24", "two zero two six, one three, two four"),
            ("2024-2026", "two thousand twenty-four to two thousand twenty-six"),
            ("the 121st and 112th", "the one hundred twenty-first and one hundred twelfth"),
            ("-5 or #4, 24/7", "minus five or number four, twenty-four seven"),
            ("write to anna@example.com.", "write to anna at example dot com."),
            ("see https://example.com/a-b", "see example dot com slash a dash b"),
            ("No. 5? No. Never.", "number five? No. Never."),
            ("St. Mary, Main St. 5", "saint Mary, Main street five"),
            ("tea, milk etc. are free", "tea, milk et cetera are free"),
            ("", ""),
            ("the 3rd of May, the 21st", "the third of May, the twenty-first"),
            ("100% of 3.5", "one hundred percent of three point five"),
            ("Dr. Smith & Mrs. Jones", "doctor Smith and missus Jones"),
            ("room 007", "room zero zero seven"),
            ("nothing to change here", "nothing to change here"),
            (
                "99999999999999999999 x",
                "nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine x"
            ),
        ])
    func words(text: String, spoken: String) {
        #expect(SpokenText.words(for: text) == spoken)
    }
}
