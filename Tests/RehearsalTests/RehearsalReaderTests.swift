import Testing

@testable import Rehearsal

@Suite struct RehearsalReaderTests {
    @Test("A file with everything in it is read")
    func everything() throws {
        let rehearsal = try Rehearsal(
            parsing: """
                rehearsal: Opening hours
                call: "+12025550131"
                from: sip:ada@127.0.0.1
                repeat: 3
                caller:
                  - hear
                  - hear: [hello, thank you for calling]
                  - say: What are your opening hours?
                  - hear: {any: nine, all: [monday, friday], none: sorry, matches: "nine|9", within: 8 s, answer_within: 1500ms}
                  - interrupt: {after: 700 ms, say: And on Saturday?, stops_within: 900 ms}
                  - interrupt: {press: "1"}
                  - press: "1#,2"
                  - silence: 2 min
                  - wait_for_end: {within: 12 s}
                expect:
                  ended_by: agent
                  transfers_to: desk
                  length: {at_least: 5 s, at_most: 60 s}
                  median_answer: 1 s
                  worst_answer: 2 s
                record:
                  outcome: localHangUp
                  events: interruption
                  no_events: [agent failed]
                  tools: [lookup]
                  heard: hours
                  says: [nine]
                  never_says: [ten]
                  keys: "1#2"
                  masked: false
                  notes: {message: "Ada"}
                """, file: "some/where.yaml")
        var whole = WordExpectation(any: ["nine"])
        whole.all = ["monday", "friday"]
        whole.none = ["sorry"]
        whole.pattern = "nine|9"
        whole.within = .seconds(8)
        whole.answerWithin = .milliseconds(1_500)
        #expect(rehearsal.name == "Opening hours")
        #expect(rehearsal.target == "+12025550131")
        #expect(rehearsal.caller == "sip:ada@127.0.0.1")
        #expect(rehearsal.times == 3)
        #expect(
            rehearsal.steps.map(\.act) == [
                .hear(WordExpectation()), .hear(WordExpectation(any: ["hello", "thank you for calling"])),
                .say("What are your opening hours?"), .hear(whole),
                .interrupt(after: .milliseconds(700), .say("And on Saturday?"), stopsWithin: .milliseconds(900)),
                .interrupt(after: .milliseconds(600), .press("1"), stopsWithin: nil), .press("1#,2"),
                .silence(.seconds(120)), .waitForEnd(within: .seconds(12)),
            ])
        #expect(rehearsal.steps.map(\.line) == Array(6...14))
        #expect(rehearsal.lines == ["What are your opening hours?", "And on Saturday?"])
        var call = CallExpectation()
        call.endedBy = .agent
        call.transfersTo = "desk"
        (call.shortest, call.longest) = (.seconds(5), .seconds(60))
        (call.medianAnswer, call.worstAnswer) = (.seconds(1), .seconds(2))
        #expect(rehearsal.expected == call)
        var record = RecordExpectation()
        record.outcome = "localHangUp"
        record.events = ["interruption"]
        record.noEvents = ["agent failed"]
        record.tools = ["lookup"]
        record.heard = ["hours"]
        record.says = ["nine"]
        record.neverSays = ["ten"]
        record.keys = "1#2"
        record.masksKeys = false
        record.notes = ["message": "Ada"]
        #expect(rehearsal.record == record)
    }

    @Test("A short file is enough")
    func short() throws {
        let rehearsal = try Rehearsal(parsing: "caller: [hear, say: Hello., hang_up]", file: "a/greets.yaml")
        #expect(rehearsal.name == "greets")
        #expect(rehearsal.steps.map(\.act) == [.hear(WordExpectation()), .say("Hello."), .hangUp])
        #expect(rehearsal.record == nil && rehearsal.target == nil && rehearsal.times == 1)
    }

    /// A text, and what is said of it: the line, and a part of the sentence.
    static let mistakes: [(text: String, line: Int, part: String)] = [
        ("", 1, "empty"),
        ("caller: [", 2, "no YAML"),
        ("- a", 1, "the file is a table"),
        ("repeat: 2", 1, "there is no caller"),
        ("caller: []", 1, "caller does nothing"),
        ("caller: hello", 1, "caller is a list"),
        ("caler: [hang_up]\ncaller: [hang_up]", 1, "no key \"caler\"; did you mean \"caller\"?"),
        ("caller:\n  - hangup", 2, "no step \"hangup\"; did you mean \"hang_up\"?"),
        ("caller:\n  - heer: hello", 2, "did you mean \"hear\"?"),
        ("caller:\n  - say: hello\n    hear: you", 2, "has 2 names"),
        ("caller:\n  - say: [a, b]", 2, "say is text"),
        ("caller:\n  - say: \"\"", 2, "say is text"),
        ("caller:\n  - hear: {anny: hello}", 2, "did you mean \"any\"?"),
        ("caller:\n  - hear: {any: []}", 2, "empty list"),
        ("caller:\n  - hear: {matches: \"(a\"}", 2, "no regular expression"),
        ("caller:\n  - hear: {any: a, within: soon}", 2, "\"soon\" is no time"),
        ("caller:\n  - hear: {any: a, within: 10}", 2, "write e.g. 800 ms, 10 s or 2 min"),
        ("caller:\n  - hear: {any: a, within: 11 min}", 2, "out of range"),
        ("caller:\n  - hear: {any: a, within: 0 s}", 2, "out of range"),
        ("caller:\n  - hear: {any: a, within: 99999999999999999999 s}", 2, "is no time"),
        ("caller:\n  - interrupt: {after: 1 s}", 2, "needs what is said or pressed"),
        ("caller:\n  - interrupt: {say: a, press: \"1\"}", 2, "has say and press"),
        ("caller:\n  - press: \"12x\"", 2, "are no keys"),
        ("caller:\n  - silence", 2, "silence needs something behind it, e.g. silence: 3 s"),
        ("caller:\n  - hang_up: true", 2, "hang_up takes nothing"),
        ("caller:\n  - hang_up\n  - say: hello", 2, "nothing can follow hang_up"),
        ("caller:\n  - wait_for_end\n  - hear", 3, "nothing can follow wait_for_end"),
        ("call: bob\ncaller: [hang_up]", 1, "no number and no SIP address"),
        ("call: \"sip:a b\"\ncaller: [hang_up]", 1, "no SIP address"),
        ("repeat: 0\ncaller: [hang_up]", 1, "a whole number from 1 to 100"),
        ("caller: [hang_up]\nexpect: {ended_by: me}", 2, "neither caller nor agent"),
        ("caller: [hang_up]\nexpect: {length: {at_least: 9 s, at_most: 8 s}}", 2, "exchange them"),
        ("caller: [hang_up]\nrecord: {ended_by: caller}", 2, "it belongs under expect"),
        ("caller: [hang_up]\nexpect: {tools: x}", 2, "it belongs under record"),
        ("caller: [hang_up]\nrecord:\n  keys: \"1\"\n  masked: true", 3, "can't be compared"),
        ("caller: [hang_up]\nrecord: {masked: maybe}", 2, "true or false"),
        ("caller: [hang_up]\nrecord: {tool: x}", 2, "did you mean \"tools\"?"),
        ("caller: [hang_up]\nrepeat: 1\nrepeat: 2", 2, "\"repeat\" stands here and again below"),
    ]

    @Test("Every mistake is told by its line, with the fix", arguments: mistakes)
    func mistake(_ mistake: (text: String, line: Int, part: String)) throws {
        let errors = try #require(throws: RehearsalErrors.self) { try Rehearsal(parsing: mistake.text, file: "f.yaml") }
        #expect(
            errors.problems.contains { $0.line == mistake.line && $0.sentence.contains(mistake.part) }, "\(errors)")
        #expect(errors.description.hasPrefix("f.yaml:"))
    }

    @Test("All mistakes are told at once, in the order of their lines")
    func all() throws {
        let errors = try #require(throws: RehearsalErrors.self) {
            try Rehearsal(parsing: "repeat: no\ncaller:\n  - heer\n  - hear: {within: 3}\n", file: "f.yaml")
        }
        #expect(errors.problems.map(\.line) == [1, 3, 4])
    }

    @Test("Nothing is read without bounds")
    func bounds() {
        let long = String(repeating: "#", count: 70_000)
        let steps = "caller:\n" + String(repeating: "  - hear\n", count: 101)
        let words = "caller:\n  - hear: [\(Array(repeating: "a", count: 51).joined(separator: ", "))]"
        let text = "caller:\n  - say: \(String(repeating: "a", count: 1_001))"
        let keys = "caller:\n  - press: \"\(String(repeating: "1", count: 65))\""
        for (file, part) in [
            (long, "octets"), (steps, "over 100 steps"), (words, "over 50 texts"), (text, "over 1000 characters"),
            (keys, "up to 64"),
        ] {
            let errors = #expect(throws: RehearsalErrors.self) { try Rehearsal(parsing: file, file: "f") }
            #expect(errors?.description.contains(part) == true, "\(part)")
        }
    }
}

@Suite struct HeardWordsTests {
    static let cases: [(heard: String, phrase: String, isThere: Bool)] = [
        ("Good day, this is Harbour Dental.", "good day", true),
        ("Good day, this is Harbour Dental.", "this is harbor dental", true),
        ("Good day, this is Harbour Dental.", "day good", false),
        ("We are open from 9 to 5.", "nine to five", true),
        ("We are open from nine to five.", "9 to 5", true),
        ("I'm sorry", "im sorry", true),
        ("", "hello", false),
        ("hello", "hell", false),
        ("hello", "hello there", false),
        ("open", "oven", false),
        ("hello", "…", false),
    ]

    @Test("A phrase is found word by word", arguments: cases)
    func phrase(_ test: (heard: String, phrase: String, isThere: Bool)) {
        #expect(HeardWords(test.heard).has(test.phrase) == test.isThere)
    }

    @Test("A pattern is found without case")
    func pattern() {
        #expect(HeardWords("Call 555 now").matches("call [0-9]+"))
        #expect(!HeardWords("Call us now").matches("call [0-9]+"))
        #expect(!HeardWords("(").matches("("))
    }
}
