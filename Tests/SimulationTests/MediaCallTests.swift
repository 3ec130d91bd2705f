import MediaSimulation
import Testing

/// The first of the calls that `media-simulation` plays.
@Suite("Sound over lines that are bad and become good")
struct MediaCallTests {
    @Test("keeps every invariant, and is the same again")
    func invariants() async {
        var calls = MediaCalls(seeds: 0..<40)
        calls.repeating = 20
        let report = await calls.run(tasks: 4)
        #expect(report.failures.isEmpty, "\(report)")
        // Or it would prove little.
        #expect(report.calls == 40 && report.repeated == 2)
        #expect(report.digits > 200 && report.windows > 2000, "\(report)")
    }

    @Test("another seed makes another call, and its story can be read")
    func seeds() {
        let calls = (1...2).map { MediaCall(seed: $0, keepsStory: true) }
        for call in calls { call.run() }
        #expect(calls[0].digest != calls[1].digest)
        #expect(calls.allSatisfy { $0.story.contains { $0.contains("the line changes") } })
    }
}
