import Testing

@testable import Agent

/// What is heard when a call of ours is answered. Texts of our own, said by the embedded voice.
enum GreetingCorpus {
    enum Part: Sendable {
        case says(String)
        case silence(Double)
        case tone(Double, seconds: Double)
    }

    struct Greeting: Sendable, CustomTestStringConvertible {
        var name: String
        var who: AnsweredBy
        var parts: [Part]

        init(_ name: String, _ who: AnsweredBy, _ parts: Part...) {
            self.name = name
            self.who = who
            self.parts = parts
        }

        var testDescription: String { name }
    }

    static let all = humans + machines + others

    private static let humans = [
        Greeting("hello", .human, .says("Hello?")),
        Greeting("hello, twice", .human, .says("Hello? Hello?")),
        Greeting("yes", .human, .says("Yeah?")),
        Greeting("name", .human, .says("Miller.")),
        Greeting("name and question", .human, .says("Bob Miller, who is this?")),
        Greeting("this is she", .human, .says("This is Anna speaking.")),
        Greeting("business, short", .human, .says("Smith and Sons, good morning.")),
        Greeting("business, question", .human, .says("Good afternoon, Harbour Dental, how can I help you?")),
        Greeting(
            "business, long", .human,
            .says("Thank you for calling Northside Heating and Plumbing, this is Jennifer, how may I help you today?")),
        Greeting("front desk", .human, .says("Grand Hotel, front desk, Maria speaking. What can I do for you?")),
        Greeting("late hello", .human, .silence(2.5), .says("Hello, sorry, who is it?")),
        Greeting("reached, by a human", .human, .says("You've reached Tom at the workshop, what's up?")),
    ]

    private static let machines = [
        Greeting(
            "carrier", .machine,
            .says("The person you are trying to reach is not available. At the tone, please record your message."),
            .silence(0.6), .tone(1_000, seconds: 0.5)),
        Greeting(
            "carrier with the number", .machine,
            .says("Your call has been forwarded to an automatic voice message system."), .silence(0.5),
            .says("Five five five, one two three, four five six seven, is not available."), .silence(0.5),
            .tone(852, seconds: 0.6)),
        Greeting(
            "carrier, full", .machine,
            .says("The mailbox is full and cannot accept any messages at this time. Goodbye.")),
        Greeting(
            "not set up", .machine, .says("The voicemail box of the person you have called has not been set up yet.")),
        Greeting(
            "personal", .machine,
            .says(
                "Hi, you've reached Bob. I can't come to the phone right now. Leave a message and I'll get back to you."
            ),
            .silence(0.7), .tone(1_400, seconds: 0.3)),
        Greeting(
            "personal, in two", .machine, .says("Hi, this is Sarah."), .silence(0.8),
            .says("I'm sorry I missed your call. Please leave me a message after the beep."), .silence(0.4),
            .tone(1_000, seconds: 0.35)),
        Greeting(
            "personal, no phrase", .machine, .says("Hey, it's Mike. You know what to do."), .silence(0.5),
            .tone(620, seconds: 0.4)),
        Greeting(
            "personal, long", .machine,
            .says(
                "Welcome to the Johnson family. We are probably out in the garden with the dogs, or away at the lake for a few "
                    + "days, so speak slowly and tell us your name and your number.")),
        Greeting(
            "office", .machine,
            .says(
                "You have reached the office of Doctor Lee. Our offices are closed. We open again on Monday at nine."),
            .silence(0.5), .tone(440, seconds: 1)),
        Greeting(
            "answering machine", .machine,
            .says("Nobody is home. Speak after the beep."), .silence(0.3), .tone(2_000, seconds: 0.8)),
    ]

    private static let others = [
        Greeting(
            "screening by a telephone", .screening,
            .says("Hi, if you record your name and reason for calling, I'll see if this person is available.")),
        Greeting(
            "screening by a service", .screening,
            .says(
                "Hi. The person you're calling is using a screening service, and will get a copy of this conversation. Go "
                    + "ahead and say your name and why you're calling.")),
        Greeting(
            "screening, short", .screening, .says("Please state your name after which I will try to connect you.")),
        Greeting(
            "menu", .menu,
            .says(
                "Welcome to City Bank. For your balance, press one. For cards, press two. To speak to us, press zero.")),
        Greeting(
            "menu, changed", .menu, .says("Please listen carefully, as our menu options have changed.")),
        Greeting("fax, answering", .fax, .silence(1), .tone(2_100, seconds: 3)),
        Greeting("fax, calling", .fax, .silence(1.5), .tone(1_100, seconds: 0.5)),
        Greeting("nobody", .silence, .silence(10)),
    ]
}
