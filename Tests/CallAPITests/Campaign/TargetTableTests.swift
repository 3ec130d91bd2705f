import Agent
import Testing

@testable import CallAPI

/// The table of a campaign.
struct TargetTableTests {
    private static let zones = ZoneSource()

    @Test("Numbers, time zones, priorities and variables are read, quoted fields too")
    func read() throws {
        let text =
            "to,name,timezone,priority,city\r\n+49 30 123,\"Ada, \"\"A\"\"\",,,Ulm\n\nsip:bob@example.com,,Europe/Paris,-2,\"a\nb\"\n"
        let targets = try TargetTable.parse(text, zones: Self.zones)
        #expect(targets.map(\.to) == ["+4930123", "sip:bob@example.com"])
        #expect(targets[0].variables == ["name": "Ada, \"A\"", "city": "Ulm"] && targets[0].timezone == nil)
        #expect(targets[1].variables == ["city": "a\nb"] && targets[1].timezone == "Europe/Paris")
        #expect(targets.map(\.priority) == [0, -2])
    }

    @Test(
        "What is wrong is told with its line",
        arguments: [
            ("", "The table is empty"), ("number\n1", "line 1: there is no column"), ("to,to\n1,2", "line 1: a column"),
            ("to\n+49301\nbob", "line 3: bob is no number"), ("to,name\n+49301", "line 2: 1 fields"),
            ("to,timezone\n+49301,Mars", "line 2: there is no time zone Mars"), ("to\n\"+4", "line 2: a quote"),
            ("to,priority\n+49301,9999", "line 2: priority"), ("to,name\n,Ada", "line 2: nobody"),
        ])
    func mistakes(text: String, beginning: String) {
        let error = #expect(throws: TargetTable.Failure.self) { try TargetTable.parse(text, zones: Self.zones) }
        #expect(error?.description.hasPrefix(beginning) == true, "\(String(describing: error))")
    }
}
