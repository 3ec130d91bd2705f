import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

@Suite("Digits that a caller types", .timeLimit(.minutes(1)))
struct DigitCollectorTests {
    private static func collection(
        _ range: ClosedRange<Int>, terminator: Character? = "#", retries: Int = 1, secret: Bool = false
    ) -> DigitCollection {
        var collection = DigitCollection(
            name: "card", minimum: range.lowerBound, maximum: range.upperBound, terminator: terminator,
            retries: retries, isSecret: secret)
        collection.question = "Your card?"
        return collection
    }

    @Test(
        "F-29 Digits end by their number, by the key that ends them, or by time, and are asked for again when too few",
        arguments: [
            (4...4, "1234", "card: 1234"), (1...20, "12#", "card: 12"), (4...8, "12345.", "card: 12345"),
            (4...8, "12#", "again Those were too few digits. Your card?"), (4...8, ".", "again Your card?"),
            (4...8, "12#34#", "card: nothing"), (4...8, "12#3456#", "card: 3456"), (4...8, "99*1234#", "card: 1234"),
            (4...8, "..", "card: nothing"), (4...8, "12AB34#", "card: 1234"), (4...8, "12", "wait"),
        ] as [(ClosedRange<Int>, String, String)])
    func collecting(range: ClosedRange<Int>, keys: String, outcome: String) {
        var collector = DigitCollector(Self.collection(range))
        var step = DigitCollector.Step.wait
        for key in keys {
            step = key == "." ? collector.timeIsUp() : collector.pressed(key, now: Instant(nanoseconds: 0))
        }
        let told =
            switch step {
            case .wait: "wait"
            case .again(let text): "again \(text)"
            case .over(let answer): answer.description
            }
        #expect(told == outcome)
    }

    @Test("Without a key that ends them, it is a key like others")
    func noTerminator() {
        var collector = DigitCollector(Self.collection(2...4, terminator: nil))
        for key in "1#2#3#" { #expect(collector.pressed(key, now: Instant(nanoseconds: 0)) == .wait) }
        #expect(
            collector.pressed("4", now: Instant(nanoseconds: 0))
                == .over(DigitAnswer(collector.collection, digits: "1234")))
    }

    @Test(
        "T-53 Secret digits are dots wherever they are told, with the last two of at least six",
        arguments: [
            ("4111111111111142", "••••••••••••••42"), ("12345", "•••••"), ("123456", "••••56"),
        ])
    func shown(digits: String, shown: String) {
        let answer = DigitAnswer(Self.collection(1...20, secret: true), digits: digits)
        #expect(
            answer.shown == shown && "\(answer)" == "card: \(shown)"
                && "\(DialogueInput.digits(answer))".contains(shown))
        #expect(!ModelNotes.digits(answer).contains(digits))
        #expect(ModelNotes.digits(answer).contains("{card}"))
    }

    // MARK: In a talk

    @Test("While digits are typed no key is answered; the first is waited for once the question has been said")
    func talk() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("I want to pay")
        talk.reply(.say("Your card?"), .collectDigits(Self.collection(4...4)))
        talk.playAll()
        talk.wait(seconds: 9)
        talk.tell(.pressed("1"))
        talk.wait(seconds: 3)
        for key in "234" { talk.tell(.pressed(key)) }
        #expect(talk.questions.last == .digits(DigitAnswer(Self.collection(4...4), digits: "1234")))
        #expect(talk.questions.count == 3 && talk.events.last == "digits")
        // One key too many is nobody's.
        talk.tell(.pressed("#"))
        talk.reply(.say("Thank you."))
        talk.playAll()
        talk.wait(seconds: 4)
        talk.tell(.pressed("5"))
        #expect(talk.questions.last == .pressed("5"))
    }

    @Test("Who types nothing is asked again, then the dialogue is told; the question can be cut by a key")
    func silence() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("I want to pay")
        talk.reply(.say("Your card?"), .collectDigits(Self.collection(4...4)))
        talk.playAll()
        talk.wait(seconds: 11)
        #expect(talk.spoken.suffix(2) == ["Your card?", "Your card?"])
        talk.make(seconds: 3)
        talk.tell(.pressed("1"))
        talk.stopped(afterSeconds: 0.5)
        #expect(talk.questions.count == 2)
        talk.wait(seconds: 5)
        #expect(talk.questions.last == .digits(DigitAnswer(Self.collection(4...4), digits: nil)))
    }

    @Test("Plans that are taken back include digits")
    func cancelled() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("I want to pay")
        talk.reply(.say("Your card?"), .collectDigits(Self.collection(4...4)))
        talk.playAll()
        talk.callerSays("Oh, forget it")
        talk.reply(.cancelPlans, .say("All right."))
        talk.playAll()
        talk.tell(.pressed("1"))
        #expect(talk.questions.last == .pressed("1"))
    }

    @Test("T-53 F-29 Nobody sees secret digits: not the model, nor the record, nor those who watch the call")
    func secret() async throws {
        let model = ScriptedModel([
            ScriptedModel.calling(
                ToolCall(id: "1", name: "collect_digits", arguments: #"{"what":"CARD","question":"Your card number?"}"#)
            ),
            ScriptedModel.calling(
                ToolCall(id: "2", name: "take_note", arguments: #"{"key":"card","value":"{card}"}"#),
                saying: "One moment."),
            ScriptedModel.calling(ToolCall(id: "3", name: "hang_up", arguments: ""), saying: "Goodbye."),
        ])
        let dialogue = ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Be brief.", greeting: "Good day."),
            tools: [
                HangUpTool(), TakeNoteTool(),
                CollectDigitsTool([DigitCollection(name: "card", minimum: 8, isSecret: true)]),
            ])
        let (call, log, hearing) = (ScriptedCall(), EntryLog(), ScriptedHearing())
        async let outcome = SpokenAgent(hearing: hearing, dialogue: dialogue, voice: ScriptedVoice())
            .converse(on: call) { log.take($0) }
        await log.turn("Good day.")
        hearing.callerSays("I want to pay", at: 16_000)
        await log.turn("Your card number?")
        for key in "98765432#" { call.press(key) }
        #expect(await outcome == ConversationOutcome(reason: .normal))
        let keys = log.entries.compactMap { if case .key(let key) = $0 { key.digit } else { nil } }
        #expect(keys == Array(repeating: "•", count: 9))
        #expect(!"\(log.entries)".contains("98765432") && "\(log.entries)".contains("card: ••••••32"))
        #expect(!"\(model.requests)".contains("98765432"))
        #expect("\(model.requests)".contains("The caller typed card: ••••••32."))
        // The name alone, where the model writes it down.
        #expect(log.entries.contains { if case .note("card", "{card}", _) = $0 { true } else { false } })
    }

    @Test("Only digits that were set up can be asked for", arguments: ["pin", "", "card number"])
    func unknown(what: String) async {
        let tool = CollectDigitsTool([DigitCollection(name: "card")])
        let context = DialogueContext(callID: "c", caller: "a", called: "b")
        await #expect(throws: ToolRefusal("There are no such digits to ask for. There are: card.")) {
            try await tool.run(["what": .string(what), "question": "?"], context: context)
        }
    }

    @Test("A flow asks for digits, and a secret is dots in it, too", arguments: [(false, "4711"), (true, "••••")])
    func flow(isSecret: Bool, value: String) throws {
        let flow = try Flow(
            parsing: """
                name: Test
                greeting: Hello.
                intents:
                  pay:
                    phrases: [I want to pay]
                    steps:
                      - digits: {slot: pin, prompt: "Your pin, {name}?", minimum: 4, maximum: 4, secret: \(isSecret)}
                      - say: "It is {pin}."
                      - note: {key: pin, value: "{pin}"}
                """, file: "f.yaml")
        var machine = FlowMachine(flow, context: DialogueContext(callID: "c", caller: "a", called: "b"))
        var collection = DigitCollection(name: "pin", minimum: 4, maximum: 4, isSecret: isSecret)
        collection.question = "Your pin, Test?"
        #expect(machine.receive(.said("I want to pay")) == [.say("Your pin, Test?"), .collectDigits(collection)])
        #expect(
            machine.receive(.digits(DigitAnswer(collection, digits: "4711")))
                == [.say("It is \(value)."), .note(key: "pin", value: value)])
        #expect(machine.receive(.digits(DigitAnswer(collection, digits: "4711"))) == [])
    }

    @Test(
        "Mistakes in a flow's digits are named",
        arguments: [
            ("{slot: x}", "digits needs slot and prompt"), ("{slot: x, prompt: y, minimum: 0}", "from 1 to 32"),
            ("{slot: x, prompt: y, minimum: 5, maximum: 4}", "minimum is above maximum"),
            ("{slot: x, prompt: y, secret: perhaps}", "true or false"),
            ("{slot: x, prompt: y, lenght: 4}", "has no key"),
        ])
    func flowMistakes(step: String, sentence: String) throws {
        let error = #expect(throws: FlowErrors.self) {
            try Flow(
                parsing:
                    "name: T\ngreeting: Hi\nintents:\n  a:\n    phrases: [x y]\n    steps:\n      - digits: \(step)\n",
                file: "f.yaml")
        }
        #expect(try #require(error).description.contains(sentence))
    }
}
