import Testing

@testable import Agent

struct FlowReaderTests {
    private static func problems(_ text: String) -> [String] {
        do throws(FlowErrors) {
            _ = try Flow(parsing: text, file: "f.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("The sample flow is read whole")
    func sample() throws {
        let flow = try SampleFlow.read()
        #expect(flow.name == "Harbour Dental")
        #expect(flow.intents.map(\.name) == ["hours", "location", "message", "person", "menu", "goodbye"])
        #expect(flow.keys == ["1": "hours", "2": "message", "3": "location", "0": "person", "#": "goodbye"])
        #expect(flow.fallback.count == 2)
        #expect(flow.fallbackIntent == "menu")
        #expect(flow.intent("person")?.steps.last == .transfer("{desk}"))
    }

    @Test("What is not written has a sensible value")
    func defaults() throws {
        let flow = try Flow(parsing: "greeting: Hello.", file: "f.yaml")
        #expect(flow.fallback.count == 1)
        #expect(flow.silence.count == 2)
        #expect(!flow.transferFailed.isEmpty)
        #expect(flow.intents.isEmpty && flow.keys.isEmpty && flow.menuPrompt.isEmpty)
    }

    @Test(
        "A mistake is told with its line and what to do",
        arguments: [
            ("greting: Hi", "f.yaml:1: the flow has no key \"greting\"; did you mean \"greeting\"?"),
            ("name: x", "f.yaml:1: there is no greeting; add one"),
            ("", "f.yaml:1: the file is empty"),
            ("greeting: [", "this is no YAML"),
            ("greeting: Hi\nintents:\n  a:\n    phrases: [x]", "f.yaml:4: intents.a does nothing"),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - sai: Ho",
                "f.yaml:5: intents.a.steps: there is no step \"sai\"; did you mean \"say\"?"
            ),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - say: Ho\n      - hangupp",
                "f.yaml:6: intents.a.steps: \"hangupp\" is no step; did you mean \"hangup\"?"
            ),
            (
                "greeting: Hi\nintents:\n  hours:\n    steps: [say: Ho]\n  b:\n    steps:\n      - goto: huors",
                "f.yaml:7: intents.b.steps.goto: there is no intent \"huors\"; did you mean \"hours\"?"
            ),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - dtmf: 12x",
                "f.yaml:5: intents.a.steps.dtmf \"12x\" has a character"
            ),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - ask: {slot: s}",
                "f.yaml:5: intents.a.steps.ask needs slot and prompt"
            ),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - ask: {slot: s, prompt: p, kind: nmae}",
                "kind \"nmae\" is unknown; did you mean \"name\"?"
            ),
            (
                "greeting: Hi\nintents:\n  a:\n    steps:\n      - ask: {slot: s, prompt: p, kind: choice}",
                "f.yaml:5: intents.a.steps.ask: choices belong to kind: choice"
            ),
            ("greeting: Hi\nintents:\n  a:\n    steps:\n      - say: x\n        goto: a", "a step is one of"),
            (
                "greeting: Hi\nmenu:\n  prompt: Press.\n  keys:\n    \"1\": nowhere",
                "f.yaml:5: menu.keys.1: there is no intent \"nowhere\""
            ),
            ("greeting: Hi\nmenu:\n  keys:\n    \"12\": a", "f.yaml:4: menu.keys: \"12\" is no key of a telephone"),
            (
                "greeting: Hi\nfallback:\n  say: [What?]\n  then: menu",
                "f.yaml:4: fallback.then: there is no intent \"menu\""
            ),
            ("greeting: Hi\nintents:\n  a:\n    steps: [menu]", "f.yaml:4: intents.a.steps: there is no menu to say"),
            (
                "greeting: Hello {bussiness}\nvariables:\n  business: Us",
                "f.yaml:1: greeting: nothing gives {bussiness} a value; did you mean \"business\"?"
            ),
            ("greeting: Hi\nsilence:\n  - One\n  - Two {x}\n", "f.yaml:4: silence: nothing gives {x} a value"),
            ("greeting: Hi\nsilence: [a, b, c]", "f.yaml:2: silence has 3 texts"),
            ("greeting: Hi\nvariables: [a]", "f.yaml:2: variables is a table"),
            ("greeting: {a: b}", "f.yaml:1: greeting is text"),
            (
                "greeting: Hi\nintents:\n  a:\n    steps: [goto: b]\n  b:\n    steps: [goto: a]",
                "f.yaml:4: intents.a leads back to itself by goto"
            ),
            ("greeting: Hi\nintents:\n  a:\n    steps: x", "f.yaml:4: intents.a.steps is a list"),
            ("- a", "f.yaml:1: the flow is a table"),
        ])
    func mistakes(text: String, problem: String) {
        let found = Self.problems(text)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }

    @Test("All mistakes are told at once")
    func allAtOnce() {
        let found = Self.problems(
            """
            greting: Hi
            intents:
              a:
                steps:
                  - goto: c
              b:
                fraises: [x]
                steps: [say: "{nobody}"]
            """)
        #expect(found.count == 5, "\(found)")
    }

    @Test(
        "A flow beyond all bounds is refused, not swallowed",
        arguments: [
            "greeting: " + String(repeating: "a", count: 300_000),
            "greeting: Hi\nintents:\n" + (0..<300).map { "  i\($0): {steps: [hangup]}\n" }.joined(),
            "greeting: Hi\nintents:\n  a:\n    steps:\n" + String(repeating: "      - say: x\n", count: 60),
            "greeting: " + String(repeating: "[", count: 100_000),
            "greeting: " + String(repeating: "{a: ", count: 40_000),
            String(repeating: "- ", count: 100_000),
        ])
    func bounds(text: String) {
        #expect(!Self.problems(text).isEmpty)
        #expect(Self.problems(text).count <= 100)
    }

    @Test("A goto behind a question is no circle")
    func questionBreaksCircle() {
        let text = """
            greeting: Hi
            intents:
              a:
                steps:
                  - ask: {slot: s, prompt: "Yes?"}
                  - goto: a
            """
        #expect(Self.problems(text) == [])
    }

    @Test("No piece of the sample makes the reader fail", arguments: 0..<60)
    func truncated(part: Int) throws {
        let text = "greeting: Hi\nintents: {a: {steps: [say: \"x\", ask: {slot: s, prompt: p}]}}\nmenu: {prompt: m}\n"
        _ = Self.problems(String(text.prefix(part * text.count / 60)))
        _ = Self.problems(String(text.suffix(part * text.count / 60)))
    }
}
