import Testing

@testable import Agent

/// One exchange: what came in, and what the flow does about it.
private struct Exchange: Sendable {
    let input: DialogueInput
    let actions: [DialogueAction]

    init(_ input: DialogueInput, _ actions: [DialogueAction]) {
        self.input = input
        self.actions = actions
    }

    init(_ said: String, _ actions: DialogueAction...) {
        self.init(.said(said), actions)
    }
}

private struct Script: Sendable, CustomTestStringConvertible {
    let name: String
    let exchanges: [Exchange]
    var testDescription: String { name }
}

private let greeting = Exchange(.began, [say("Good day, this is Harbour Dental. How can I help you?")])
private let menu = say(
    "For our opening hours press 1. To leave a message press 2. To hear where we are press 3. To speak to somebody press 0."
)
private let hours = [say("We are open from nine to five, Monday to Friday."), say("Is there anything else?")]
private let goodbye = [say("Thank you for calling Harbour Dental. Goodbye."), DialogueAction.hangUp]
private let sorry = say("I am sorry, I did not understand that. Could you say it in other words?")
private let sorryAgain = say(
    "I am sorry, I still did not understand. You can ask for our opening hours, leave a message, or be put through.")
private let transfer = [
    say("One moment, I will put you through."), DialogueAction.transfer(to: "sip:desk@127.0.0.1:5070"),
]
private let askName = say("May I have your name?")

struct FlowConversationTests {
    private static let scripts = [
        Script(
            name: "hours, then goodbye",
            exchanges: [
                greeting, Exchange(.said("What are your opening hours?"), hours), Exchange(.said("Goodbye"), goodbye),
            ]),
        Script(
            name: "a message",
            exchanges: [
                greeting,
                Exchange("Can I leave a message?", askName),
                Exchange("My name is Ada.", say("Thank you, Ada. What shall I write down?")),
                Exchange(
                    "Please say goodbye to the hours for me.",
                    .note(key: "message", value: "Ada: Please say goodbye to the hours for me."),
                    say("I have written that down, Ada, and somebody will call you back. Is there anything else?")),
                Exchange(.said("No thank you"), goodbye),
            ]),
        Script(
            name: "the name is refused three times",
            exchanges: [
                Exchange("leave a message", askName),
                Exchange("...", say("Sorry, what was your name?")),
                Exchange("?", say("Sorry, what was your name?")),
                Exchange("!", sorry),
                Exchange(.said("hours"), hours),
            ]),
        Script(
            name: "goodbye instead of a name",
            exchanges: [Exchange("leave a message", askName), Exchange(.said("Goodbye."), goodbye)]),
        Script(
            name: "put through instead of a name",
            exchanges: [Exchange("leave a message", askName), Exchange(.said("just put me through"), transfer)]),
        Script(
            name: "a key instead of a name",
            exchanges: [
                Exchange("leave a message", askName), Exchange(.pressed("1"), hours), Exchange(.said("hours"), hours),
            ]),
        Script(
            name: "a transfer that fails",
            exchanges: [
                Exchange(.said("put me through to sales"), transfer),
                Exchange(
                    .transferFailed(reason: "busy"), [say("I am sorry, nobody can take your call now."), menu]),
            ]),
        Script(
            name: "keys",
            exchanges: [
                Exchange(.pressed("1"), hours), Exchange(.pressed("2"), [askName]), Exchange(.pressed("0"), transfer),
                Exchange(.pressed("9"), [sorry]), Exchange(.pressed("#"), [.cancelPlans] + goodbye),
            ]),
        Script(
            name: "escalation to the menu, and from the beginning after an answer",
            exchanges: [
                Exchange("blue", sorry), Exchange("green", sorryAgain), Exchange("red", menu),
                Exchange("blue", sorry), Exchange(.said("hours"), hours), Exchange("blue", sorry),
            ]),
        Script(
            name: "silence",
            exchanges: [
                Exchange(.silence(count: 1), [say("Are you still there?")]),
                Exchange(
                    .silence(count: 2), [say("I can't hear you, so I will hang up now. Goodbye."), .hangUp]),
            ]),
        Script(
            name: "silence after a question",
            exchanges: [
                Exchange("leave a message", askName),
                Exchange(.silence(count: 1), [say("Are you still there?"), askName]),
                Exchange("Ada", say("Thank you, Ada. What shall I write down?")),
            ]),
    ]

    @Test("The receptionist keeps to its flow", arguments: scripts)
    private func sample(script: Script) throws {
        var machine = try SampleFlow.machine()
        for exchange in script.exchanges {
            #expect(machine.receive(exchange.input) == exchange.actions, "\(exchange.input)")
        }
    }

    private static let booking = """
        greeting: "Hello {caller}, you called {called}."
        intents:
          book:
            keywords: [table]
            steps:
              - ask: {slot: people, kind: number, prompt: "How many?", confirm: "{people} people, is that right?"}
              - ask: {slot: time, kind: choice, choices: [lunch, dinner], prompt: "Lunch or dinner?", retry: "Which?"}
              - ask: {slot: phone, kind: phone, prompt: "Your number?"}
              - ask: {slot: sms, kind: yesno, prompt: "May we text you?"}
              - note: {key: booking, value: "{people}/{time}/{phone}/{sms}"}
              - dtmf: "1,2#"
              - goto: bye
          bye:
            keywords: [bye]
            steps: [say: "Bye.", hangup]
        """

    private static let bookingScripts = [
        Script(
            name: "all answers at the first try",
            exchanges: [
                Exchange(.began, [say("Hello Ada, you called sip:desk@example.com.")]),
                Exchange("a table please", say("How many?")),
                Exchange("for twenty two", say("22 people, is that right?")),
                Exchange("yes", say("Lunch or dinner?")),
                Exchange("diner", say("Your number?")),
                Exchange("five five five double one", say("May we text you?")),
                Exchange(
                    "sure", .note(key: "booking", value: "22/dinner/55511/yes"), .sendDTMF("1,2#"), say("Bye."), .hangUp
                ),
            ]),
        Script(
            name: "wrong answers, corrections and keys",
            exchanges: [
                Exchange("a table please", say("How many?")),
                Exchange("a lot", say("How many?")),
                Exchange("four", say("4 people, is that right?")),
                Exchange("purple", say("4 people, is that right?")),
                Exchange(.pressed("2"), [say("How many?")]),
                Exchange("five", say("5 people, is that right?")),
                Exchange(.silence(count: 1), [say("Are you still there?"), say("5 people, is that right?")]),
                Exchange(.pressed("1"), [say("Lunch or dinner?")]),
                Exchange("breakfast", say("Which?")),
                Exchange("lunch", say("Your number?")),
                Exchange("123", say("May we text you?")),
                Exchange(
                    .pressed("2"),
                    [.note(key: "booking", value: "5/lunch/123/no"), .sendDTMF("1,2#"), say("Bye."), .hangUp]),
            ]),
    ]

    @Test("Answers are checked, confirmed and used", arguments: bookingScripts)
    private func answers(script: Script) throws {
        var machine = FlowMachine(try Flow(parsing: Self.booking, file: "f.yaml"), context: SampleFlow.context)
        for exchange in script.exchanges {
            #expect(machine.receive(exchange.input) == exchange.actions, "\(exchange.input)")
        }
    }

    @Test("An answer of which nothing was heard is taken back")
    func takenBack() async throws {
        let session = try await FlowDialogue(SampleFlow.read()).makeSession(SampleFlow.context)
        func reply(_ input: DialogueInput) async throws -> [DialogueAction] {
            var actions: [DialogueAction] = []
            for try await action in session.reply(to: input, turn: TurnCommitment(isCommitted: true)) {
                actions.append(action)
            }
            return actions
        }
        #expect(try await reply(.said("leave a message")) == [askName])
        await session.interrupted(heard: "")
        #expect(try await reply(.said("leave a message no when are you open")) == hours)
        #expect(try await reply(.said("leave a message")) == [askName])
        await session.interrupted(heard: "May I")
        #expect(try await reply(.said("Ada")) == [say("Thank you, Ada. What shall I write down?")])
    }

    @Test("The hearing is told what is likely to be said")
    func expectations() throws {
        var machine = try SampleFlow.machine()
        #expect(machine.expectedPhrases.contains("opening hours"))
        _ = machine.receive(.said("leave a message"))
        #expect(machine.expectedPhrases == [])
        var booking = FlowMachine(try Flow(parsing: Self.booking, file: "f.yaml"), context: SampleFlow.context)
        _ = booking.receive(.said("table"))
        _ = booking.receive(.said("two"))
        #expect(booking.expectedPhrases == ["yes", "no"])
        _ = booking.receive(.said("yes"))
        #expect(booking.expectedPhrases == ["lunch", "dinner"])
    }

    @Test("Every flow survives a long conversation of nonsense", arguments: 0..<20)
    func nonsense(seed: Int) throws {
        var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let words = [
            "yes", "no", "hours", "message", "", "{name}", "999999999999", "bye", "table", "five", "thousand",
            "hundred",
            "twenty", "\u{0}", "🙂", "put me through", "that's",
        ]
        for text in [Self.booking, "greeting: Hi"] {
            var machine = FlowMachine(try Flow(parsing: text, file: "f"), context: SampleFlow.context)
            for _ in 0..<300 {
                let input: DialogueInput =
                    switch next(4) {
                    case 0: .pressed(Array("0123456789*#ABCD")[next(16)])
                    case 1: .silence(count: next(5))
                    case 2: .transferFailed(reason: "x")
                    default: .said((0..<next(8)).map { _ in words[next(words.count)] }.joined(separator: " "))
                    }
                #expect(machine.receive(input).count <= 110)
            }
        }
    }
}
