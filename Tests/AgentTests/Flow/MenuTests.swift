import Testing

@testable import Agent

struct MenuTests {
    private static func machine(_ text: String) throws -> FlowMachine {
        FlowMachine(try Flow(parsing: text, file: "f.yaml"), context: SampleFlow.context)
    }

    @Test("The menu can be gone to by every way, without an intent of that name")
    func withoutIntent() throws {
        var machine = try Self.machine(
            """
            greeting: Hi
            intents:
              help:
                keywords: [help]
                steps: [say: "Well.", goto: menu]
            menu: {prompt: "Press 1.", keys: {"9": menu}}
            fallback: {say: ["What?"], then: menu}
            """)
        #expect(machine.receive(.said("help")) == [say("Well."), say("Press 1.")])
        #expect(machine.receive(.pressed("9")) == [say("Press 1.")])
        #expect(machine.receive(.said("blue")) == [say("What?")])
        #expect(machine.receive(.said("blue")) == [say("Press 1.")])
    }

    @Test("An intent of the name menu goes before the menu's own words")
    func intent() throws {
        var machine = try Self.machine(
            """
            greeting: Hi
            intents:
              menu:
                keywords: [options]
                steps: [say: "You can ask for anything."]
            menu: {keys: {"9": menu}}
            fallback: {say: ["What?"], then: menu}
            """)
        let words = [say("You can ask for anything.")]
        #expect(machine.receive(.said("options")) == words)
        #expect(machine.receive(.pressed("9")) == words)
        #expect(machine.receive(.said("blue")) == [say("What?")])
        #expect(machine.receive(.said("blue")) == words)
    }
}
