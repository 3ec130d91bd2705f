import Agent
import Testing

@testable import Providers

@Suite("Character times")
struct CharacterTimesTests {
    private func characters(_ text: String, _ start: Double = 0) -> [(text: String, startMs: Double, lengthMs: Double)]
    {
        text.enumerated().map { (String($0.element), start + Double($0.offset) * 50, 50) }
    }

    @Test("Times begin anew with each message and add up with the sound")
    func addUp() {
        var times = CharacterTimes()
        #expect(times.add(characters("Hello th"), length: 450) == [SpokenWord("Hello", startMs: 0, endMs: 250)])
        #expect(times.add(characters("ere. "), length: 250) == [SpokenWord("there.", startMs: 300, endMs: 650)])
        #expect(times.add(characters("Bye"), length: 150).isEmpty)
        #expect(times.finish() == [SpokenWord("Bye", startMs: 700, endMs: 850)])
        #expect(times.finish().isEmpty)
    }

    @Test("A message without times moves those after it")
    func missing() {
        var times = CharacterTimes()
        _ = times.add(characters("One "), length: 200)
        #expect(times.add([], length: 300).isEmpty)
        #expect(times.add(characters("two "), length: 200) == [SpokenWord("two", startMs: 500, endMs: 650)])
    }

    @Test("Times that come behind their sound follow the last ones")
    func late() {
        var times = CharacterTimes()
        _ = times.add([], length: 1_000)
        #expect(times.add(characters("One "), length: 0) == [SpokenWord("One", startMs: 0, endMs: 150)])
        #expect(times.add(characters("two "), length: 0) == [SpokenWord("two", startMs: 200, endMs: 350)])
    }

    @Test("T-54 times that are none do no harm")
    func hostile() {
        var times = CharacterTimes()
        let words = times.add(
            [("a", .nan, 1), ("b", -1e300, 1e300), ("c", .infinity, 0), (" ", 1e300, -5)], length: 10)
        #expect(words == [SpokenWord("b", startMs: 0, endMs: 10_000_000)])
        let long = times.add(characters(String(repeating: "x", count: 10_000)), length: 10)
        #expect(long.count > 10 && long.allSatisfy { $0.text.count <= 201 })
    }
}
