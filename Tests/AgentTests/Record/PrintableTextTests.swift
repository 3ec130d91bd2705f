import Foundation
import Telephony
import Testing

@testable import Agent

struct PrintableTextTests {
    @Test(
        "What could steer a terminal or begin a line is replaced, and all else stays",
        arguments: [
            ("Ada", "Ada"), ("", ""),
            ("Zo\u{EB} \u{738B} \u{1F469}\u{200D}\u{1F4BB}", "Zo\u{EB} \u{738B} \u{1F469}\u{200D}\u{1F4BB}"),
            ("a\nb", "a b"), ("a\r\nb", "a b"), ("a\rb", "a b"), ("a\n\nb", "a  b"), ("a\tb", "a b"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"), ("\u{1B}[2J", "\u{FFFD}[2J"), ("\u{9B}2J", "\u{FFFD}2J"),
            ("\u{0}\u{7}\u{7F}", "\u{FFFD}\u{FFFD}\u{FFFD}"), ("\u{202E}cba\u{2066}", "\u{FFFD}cba\u{FFFD}"),
        ])
    func replaced(text: String, shown: String) {
        // By scalars: as strings, "\r\n" and the like compare by what they mean.
        #expect(Array(PrintableText.of(text).unicodeScalars) == Array(shown.unicodeScalars))
    }

    private static let nasty = "x\u{1B}[2J\r\n  state      ended\u{202E}"

    private static let call = StoredCall(
        id: nasty, direction: .incoming, remote: nasty, remoteName: nasty, local: nasty, agent: nasty, state: .ended,
        startedAt: 0, answeredMs: 1, endedMs: 2, explanation: nasty, recording: nasty,
        turns: [TurnRecord(who: .caller, text: nasty, startMs: 1, endMs: 2)],
        dtmf: [KeyRecord(digit: nasty, direction: .received, atMs: 3, durationMs: 0)],
        events: [StoredCall.Event(kind: nasty, detail: nasty, atMs: 4)],
        notes: [StoredCall.Note(key: nasty, value: nasty, atMs: 5)])

    private static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0 != "\n" && ($0.properties.generalCategory == .control || $0.value == 0x202E) }
    }

    /// By scalars: CR and LF together are one character, which a split at LF would pass over.
    private static func lines(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }

    @Test("A caller can't forge lines of the report, wherever the text stands")
    func report() {
        let text = CallReport.show(CallTimeline(Self.call))
        #expect(!Self.hasControls(text))
        // The title, nine facts, a blank line, and four steps.
        #expect(Self.lines(text).count == 15)
        #expect(Self.lines(text).count { $0.hasPrefix("  state") } == 1)
    }

    @Test("A caller can't forge lines of the list")
    func list() {
        let row = CallSummaryRow(
            id: "a", direction: .incoming, remote: Self.nasty, remoteName: Self.nasty, local: Self.nasty,
            agent: Self.nasty, state: .ended, startedAt: 0, answeredMs: nil, endedMs: nil, endCause: nil, turns: 0)
        let text = CallReport.list([row, row])
        #expect(!Self.hasControls(text))
        #expect(Self.lines(text).count == 2)
    }
}
