import Testing

@testable import Agent

struct PlayoutTests {
    private static func playout(_ sentences: [(String, Range<Int>?)]) -> Playout {
        var playout = Playout(sampleRate: 8_000)
        for (index, (text, range)) in sentences.enumerated() {
            playout.add(id: index, text: text)
            guard let range else { continue }
            playout.started(index, at: range.lowerBound)
            playout.ended(index, at: range.upperBound)
        }
        return playout
    }

    @Test(
        "What was heard ends at a whole word, in proportion to what was played",
        arguments: [
            (0, "", ["One two three.", "Four five six."]),
            (1_000, "", ["One two three.", "Four five six."]),
            (1_400, "One", ["One two three.", "Four five six."]),
            (1_999, "One two", ["One two three.", "Four five six."]),
            (2_000, "One two three.", ["Four five six."]),
            (2_400, "One two three. Four", ["Four five six."]),
            (3_000, "One two three. Four five six.", []),
            (9_000, "One two three. Four five six.", []),
        ] as [(Int, String, [String])])
    func proportion(played: Int, heard: String, unheard: [String]) {
        let playout = Self.playout([("One two three.", 1_000..<2_000), ("Four five six.", 2_000..<3_000)])
        let parts = playout.split(at: played)
        #expect(parts.heard == heard)
        #expect(parts.unheard == unheard)
    }

    @Test("A sentence whose sound is still being made is judged by the usual pace of speech")
    func unfinished() {
        var playout = Playout(sampleRate: 8_000)
        playout.add(id: 1, text: "We are open from nine to five.")
        playout.started(1, at: 0)
        #expect(playout.split(at: 8_000).heard == "We are open")
        #expect(playout.split(at: 80_000).unheard.count == 1, "never more than was made")
        #expect(!playout.isComplete)
    }

    @Test("It knows when it waits for the voice")
    func waiting() {
        #expect(!Playout(sampleRate: 8_000).waitsForSound)
        #expect(!Self.playout([("One.", 0..<10)]).waitsForSound)
        #expect(Self.playout([("One.", 0..<10), ("Two.", nil)]).waitsForSound)
        var playout = Self.playout([("One.", nil), ("Two.", nil)])
        playout.started(0, at: 0)
        #expect(!playout.waitsForSound)
    }

    @Test("Figures that make no sense do no harm", arguments: [Int.min, -1, 0, Int.max])
    func nonsense(position: Int) {
        var playout = Self.playout([("One two.", 5..<5), ("", 5..<9)])
        playout.started(99, at: position)
        playout.ended(99, at: position)
        _ = playout.split(at: position)
        #expect(playout.sentences.count == 2)
    }

    @Test(
        "Text is cut at the ends of sentences",
        arguments: [
            ("We are open today. Is there anything else?", ["We are open today.", "Is there anything else?"]),
            ("It costs 3.50 in all.", ["It costs 3.50 in all."]),
            ("Dr. Smith is in.", ["Dr. Smith is in."]),
            ("  ", []),
            ("No end", ["No end"]),
            ("What a day it is!  Really?\nYes.", ["What a day it is!", "Really? Yes."]),
        ])
    func sentences(text: String, sentences: [String]) {
        #expect(SentenceSplitter.split(text) == sentences)
    }
}
