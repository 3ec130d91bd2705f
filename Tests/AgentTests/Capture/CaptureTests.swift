import Testing

@testable import Agent

@Suite("What callers say, brought into one form")
struct CaptureTests {
    /// A Monday.
    private static let today = CalendarDay(year: 2026, month: 11, day: 30)!

    private static func value(_ kind: CaptureKind, _ said: String) -> String? {
        kind.value(of: said, today: today)?.text
    }

    @Test(
        "F-29 Dates",
        arguments: [
            ("the third of May", "2027-05-03"), ("May third", "2027-05-03"), ("May the 21st, please", "2027-05-21"),
            ("twenty-first of December", "2026-12-21"), ("on the 30th of November", "2026-11-30"),
            ("29th of November", "2027-11-29"), ("thirty first of january two thousand twenty eight", "2028-01-31"),
            ("3 May 2028", "2028-05-03"), ("february twenty ninth", "2028-02-29"), ("tomorrow", "2026-12-01"),
            ("the day after tomorrow", "2026-12-02"), ("next friday", "2026-12-04"), ("on Monday", "2026-12-07"),
            ("in two weeks", "2026-12-14"), ("in a week", "2026-12-07"), ("in ten days", "2026-12-10"),
            ("2027-05-03", "2027-05-03"), ("3.5.2027", "2027-05-03"), ("5/13/2027", "2027-05-13"),
            ("13/5/27", "2027-05-13"), ("May fifth twenty twenty seven", "2027-05-05"), ("Sept. 2nd", "2027-09-02"),
            ("3/5/2027", nil), ("the thirty first of April", nil), ("31.4.2027", nil), ("May", nil), ("soon", nil),
            ("", nil),
            ("99999999999999999999.1.1", nil),
        ] as [(String, String?)])
    func dates(said: String, value: String?) {
        #expect(Self.value(.date, said) == value)
    }

    @Test(
        "F-29 Times",
        arguments: [
            ("half past seven", "07:30"), ("quarter to nine in the evening", "20:45"),
            ("a quarter past three", "15:15"),
            ("ten to five", "16:50"), ("twenty minutes past eight", "08:20"), ("3:30 p.m.", "15:30"),
            ("3:30pm", "15:30"),
            ("7.15", "07:15"), ("three thirty", "15:30"), ("seven oh five", "07:05"), ("seven a.m.", "07:00"),
            ("at noon", "12:00"), ("midnight", "00:00"), ("fifteen thirty", "15:30"), ("nineteen hundred", "19:00"),
            ("eight o'clock in the evening", "20:00"), ("two in the afternoon", "14:00"), ("twelve thirty", "12:30"),
            ("twelve thirty a.m.", "00:30"), ("11 at night", "23:00"), ("twenty two thirty", "22:30"),
            ("1430", "14:30"),
            ("whenever", nil), ("25:00", nil), ("ninety", nil), ("", nil), ("half past", nil),
        ] as [(String, String?)])
    func times(said: String, value: String?) {
        #expect(Self.value(.time, said) == value)
    }

    @Test(
        "F-29 Amounts",
        arguments: [
            ("twenty five euros fifty", "25.50 EUR"), ("twenty dollars and five cents", "20.05 USD"),
            ("$19.99", "19.99 USD"),
            ("nineteen ninety nine", "19.99"), ("12,50 euros", "12.50 EUR"),
            ("a hundred and twenty pounds", "120.00 GBP"),
            ("$1,200", "1200.00 USD"), ("fifty cents", "0.50"), ("forty five", "45.00"), ("€ 7", "7.00 EUR"),
            ("five euros", "5.00 EUR"), ("nothing", nil), ("", nil), ("99999999999.99", nil),
        ] as [(String, String?)])
    func amounts(said: String, value: String?) {
        #expect(Self.value(.amount, said) == value)
    }

    @Test(
        "F-29 Telephone numbers and numbers",
        arguments: [
            (.phone, "double five, oh one two three", "550123"), (.phone, "plus four nine, one seven one", "+49171"),
            (.phone, "+1 555 0134", "+15550134"), (.phone, "triple seven four", "7774"), (.phone, "twelve", nil),
            (.phone, "1234567890123456", nil), (.number, "we are twenty-five", "25"), (.number, "several", nil),
        ] as [(CaptureKind, String, String?)])
    func numbers(kind: CaptureKind, said: String, value: String?) {
        #expect(Self.value(kind, said) == value)
    }

    @Test(
        "F-29 E-mail",
        arguments: [
            ("ada dot lovelace at gmail dot com", "ada.lovelace@gmail.com"),
            ("it's ada@example.com.", "ada@example.com"),
            ("my email is j o h n underscore smith at example dot co dot uk", "john_smith@example.co.uk"),
            ("d for david, b, 4 2 at mail minus box dot org", "db42@mail-box.org"),
            ("a as in apple l l y at web dot de, thanks", "ally@web.de"), ("double l at x dot io", "ll@x.io"),
            ("ann plus news at gmx dot net", "ann+news@gmx.net"),
            ("info twenty one at posteo dot de", "info21@posteo.de"),
            ("Ada at home", nil), ("at gmail dot com", nil), ("ada at gmail", nil), ("ada at dot com", nil), ("", nil),
            ("<script>@x", nil),
        ] as [(String, String?)])
    func emails(said: String, value: String?) {
        #expect(Self.value(.email, said) == value)
    }

    // MARK: Until it is right

    /// Plays a talk; what was said by us stands behind each line of the caller's.
    private static func play(_ kind: CaptureKind, _ lines: [String]) -> Capture.Step {
        var capture = Capture(kind, question: "Which?", today: today)
        var step = capture.begin()
        for line in lines {
            if line.hasPrefix("#keys ") {
                for key in line.dropFirst(6) { step = capture.pressed(key) ?? step }
            } else {
                step = capture.said(line)
            }
        }
        return step
    }

    @Test(
        "F-29 What was heard is read back, confirmed, corrected or asked again, three times at most",
        arguments: [
            (.phone, ["five five five oh one three four", "yes"], "5550134"),
            (.phone, ["five five five oh one three four", "no, six not one"], "say 5 5 5, 0 6, 3 4. Is that right?"),
            (.phone, ["one two three", "no, four five six"], "say 4 5 6. Is that right?"),
            (.phone, ["one two three", "no, four five six", "yes that's right"], "456"),
            (.phone, ["one two three", "no"], "say Sorry. Which?"),
            (.phone, ["one two three", "pardon"], "say Is that right? 1 2 3."),
            (.phone, ["eh", "what", "no idea"], "gave up no idea"),
            (.phone, ["one two three", "no", "one two three", "no", "one two three", "no"], "gave up no"),
            (.phone, ["#keys 55*123#", "#keys 1"], "123"), (.phone, ["#keys 123#", "#keys 2"], "say Sorry. Which?"),
            (.phone, ["#keys 12#"], "say Please say the number digit by digit, or type it."),
            (.date, ["the third of May", "no, the fourth"], "say Tuesday, the 4th of May 2027. Is that right?"),
            (
                .date, ["the third of May", "no, the third of June"],
                "say Thursday, the 3rd of June 2027. Is that right?"
            ),
            (.date, ["the third of May", "yes please"], "2027-05-03"),
            (.time, ["half past seven", "no, in the evening"], "say Sorry. Which?"),
            (.time, ["half past seven", "no, eight p.m."], "say 8 in the evening. Is that right?"),
            (.number, ["fifty two", "no, three not two"], "say 53. Is that right?"),
            (.email, ["ada at gmail dot com", "no, gmx not gmail"], "say A, D, A, at gmx dot com. Is that right?"),
            (.email, ["ada at gmail dot com", "correct"], "ada@gmail.com"),
            (.amount, ["ten euros", "no, twelve euros", "yes"], "12.00 EUR"),
        ] as [(CaptureKind, [String], String)])
    func talks(kind: CaptureKind, lines: [String], outcome: String) {
        let told =
            switch Self.play(kind, lines) {
            case .say(let text): "say \(text)"
            case .done(let value): value.text
            case .gaveUp(let said): "gave up \(said)"
            }
        #expect(told == outcome)
    }

    @Test("Keys count only where something can be typed")
    func keys() {
        var capture = Capture(.date, question: "Which?", today: Self.today)
        #expect(capture.pressed("3") == nil && capture.pressed("#") == nil)
    }

    @Test("The days of the week are right")
    func weekdays() {
        for (year, month, day, weekday) in [(2026, 11, 30, 1), (2024, 2, 29, 4), (2000, 1, 1, 6), (2027, 1, 1, 5)] {
            #expect(CalendarDay(year: year, month: month, day: day)?.weekday == weekday)
        }
        #expect(CalendarDay(year: 2028, month: 2, day: 28)?.adding(days: 2).iso == "2028-03-01")
    }
}
