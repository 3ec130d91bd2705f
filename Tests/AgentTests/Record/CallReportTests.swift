import Foundation
import Telephony
import Testing

@testable import Agent

struct CallReportTests {
    static let call = StoredCall(
        id: "20260102-abc", direction: .incoming, remote: "sip:ada@example.com", remoteName: "Ada",
        local: "sip:desk@example.com", agent: "flow: Harbour", state: .ended, startedAt: 1_767_323_045_000,
        answeredMs: 1_200, endedMs: 75_250, endCause: "remoteHangUp", endStatus: nil,
        explanation: "The caller hung up.", recording: "recordings/a.wav", quality: nil,
        turns: [
            TurnRecord(who: .agent, text: "Good day.", startMs: 1_300, endMs: 2_000),
            TurnRecord(who: .caller, text: "", startMs: 3_000, endMs: 3_400),
            TurnRecord(who: .agent, text: "I am", startMs: 62_050, endMs: 62_500, interrupted: true),
        ],
        dtmf: [
            KeyRecord(digit: "1", direction: .received, atMs: 5_000, durationMs: 90),
            KeyRecord(digit: "#", direction: .sent, atMs: 6_000, durationMs: 100),
        ],
        events: [StoredCall.Event(kind: "held", detail: "", atMs: 4_000)],
        notes: [StoredCall.Note(key: "message", value: "Ada: hi", atMs: 70_000)])

    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current

    @Test("F-39: what both sides said and pressed, and what happened, is told in order on one clock")
    func show() {
        var call = Self.call
        var quality = CallStatistics()
        quality.codec = "PCMU"
        (quality.packetsReceived, quality.packetsSent, quality.packetsLost) = (3_700, 3_699, 2)
        (quality.jitterMilliseconds, quality.estimatedMOS) = (1.26, 4.349)
        call.quality = quality
        #expect(
            CallReport.show(CallTimeline(call), timeZone: Self.utc) == """
                Call 20260102-abc
                  from       Ada <sip:ada@example.com>
                  to         sip:desk@example.com
                  began      2026-01-02 03:04:05
                  answered   after 1.2 s
                  lasted     1:14.0
                  state      ended
                  ended      The caller hung up.
                  agent      flow: Harbour
                  recording  recordings/a.wav
                  sound      PCMU, 3700 packets in, 3699 out, 2 lost, jitter 1.3 ms, MOS 4.3 (estimated)

                      1.3 s  agent   Good day.
                      3.0 s  caller  (nothing was understood)
                      4.0 s  - held
                      5.0 s  caller  [key 1]
                      6.0 s  agent   [key #]
                     1:02.0  agent   I am -- interrupted
                     1:10.0  - noted message: Ada: hi
                """)
    }

    @Test(
        "Who called stands there with a name, and a number that is its own name once",
        arguments: [
            ("+12025550133", "+12025550133", "+12025550133"),
            ("sip:12025550133@sip.telnyx.com", "+1 202-555-0133", "sip:12025550133@sip.telnyx.com"),
            ("+12025550133", "+12025550144", "+12025550144 <+12025550133>"),
            ("+12025550133", "", "+12025550133"), ("+12025550133", "Ada", "Ada <+12025550133>"),
        ])
    func party(address: String, name: String, shown: String) {
        var call = Self.call
        (call.remote, call.remoteName) = (address, name)
        let lines = CallReport.show(CallTimeline(call), timeZone: Self.utc).split(separator: "\n")
        #expect(lines.contains { $0 == "  from       \(shown)" }, "\(lines.prefix(3))")
    }

    @Test("A call that was never answered has no length, and figures that are none are not shown")
    func unanswered() {
        var call = Self.call
        (call.answeredMs, call.recording, call.turns, call.dtmf, call.events, call.notes) = (nil, nil, [], [], [], [])
        call.direction = .outgoing
        var quality = CallStatistics()
        (quality.jitterMilliseconds, quality.estimatedMOS) = (.nan, .infinity)
        call.quality = quality
        let text = CallReport.show(CallTimeline(call), timeZone: Self.utc)
        #expect(text.hasPrefix("Call 20260102-abc\n  to         Ada <sip:ada@example.com>\n  from       sip:desk@"))
        #expect(!text.contains("lasted") && !text.contains("answered") && !text.contains("recording"))
        #expect(text.hasSuffix("jitter - ms, MOS - (estimated)"))
    }

    private static func row(_ id: String, answered: Int?, ended: Int?, _ state: StoredCall.State) -> CallSummaryRow {
        CallSummaryRow(
            id: id, direction: id == "b" ? .outgoing : .incoming, remote: "sip:\(id)@example.com", remoteName: nil,
            local: "sip:desk@example.com", agent: "echo", state: state, startedAt: 1_767_323_045_999,
            answeredMs: answered, endedMs: ended, endCause: nil, turns: id.count)
    }

    @Test("A list has one line for each call, in columns")
    func list() {
        let rows = [
            Self.row("aaa", answered: 1_000, ended: 3_550, .ended),
            Self.row("b", answered: nil, ended: 9, .interrupted),
            Self.row("cc", answered: 10, ended: nil, .up),
        ]
        #expect(
            CallReport.list(rows, timeZone: Self.utc) == """
                aaa  2026-01-02 03:04:05  from  sip:aaa@example.com  2.5 s         ended        3 turns  echo
                b    2026-01-02 03:04:05  to    sip:b@example.com    not answered  interrupted  1 turns  echo
                cc   2026-01-02 03:04:05  from  sip:cc@example.com   up            up           2 turns  echo
                """)
        #expect(CallReport.list([]) == "No calls yet.")
    }

    @Test("The JSON form keeps its keys")
    func json() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var call = Self.call
        call.turns = [call.turns[2]]
        call.dtmf = [call.dtmf[0]]
        let json = String(decoding: try encoder.encode(call), as: UTF8.self)
        let golden = """
            {"agent":"flow: Harbour","answeredMs":1200,"answers":[],"direction":"incoming",\
            "dtmf":[{"atMs":5000,"digit":"1","direction":"received","durationMs":90}],\
            "endCause":"remoteHangUp","endedMs":75250,"events":[{"atMs":4000,"detail":"","kind":"held"}],\
            "explanation":"The caller hung up.","id":"20260102-abc","local":"sip:desk@example.com",\
            "notes":[{"atMs":70000,"key":"message","value":"Ada: hi"}],"recording":"recordings/a.wav",\
            "remote":"sip:ada@example.com","remoteName":"Ada","startedAt":1767323045000,"state":"ended",\
            "turns":[{"endMs":62500,"interrupted":true,"startMs":62050,"text":"I am","who":"agent"}],"usage":[]}
            """
        #expect(json == golden)
        #expect(try JSONDecoder().decode(StoredCall.self, from: Data(json.utf8)) == call)
    }

    @Test("The JSON form of a list keeps its keys")
    func listJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(Self.row("b", answered: 1, ended: 9, .ended)), as: UTF8.self)
        let golden = """
            {"agent":"echo","answeredMs":1,"direction":"outgoing","endedMs":9,"id":"b","local":"sip:desk@example.com",\
            "remote":"sip:b@example.com","startedAt":1767323045999,"state":"ended","turns":1}
            """
        #expect(json == golden)
    }

    @Test(
        "An entry is moved by moving each of its times",
        arguments: [
            (.answered(at: 1), .answered(at: 11)),
            (.event(kind: "k", detail: "d", at: 2), .event(kind: "k", detail: "d", at: 12)),
            (
                .turn(TurnRecord(who: .agent, text: "t", startMs: 1, endMs: 2)),
                .turn(TurnRecord(who: .agent, text: "t", startMs: 11, endMs: 12))
            ),
            (
                .key(KeyRecord(digit: "1", direction: .sent, atMs: 3, durationMs: 4)),
                .key(KeyRecord(digit: "1", direction: .sent, atMs: 13, durationMs: 4))
            ),
            (.note(key: "k", value: "v", at: 5), .note(key: "k", value: "v", at: 15)),
            (.recording(path: "p"), .recording(path: "p")),
            (
                .ended(CallEnd(cause: .failed, explanation: ""), at: 6),
                .ended(CallEnd(cause: .failed, explanation: ""), at: 16)
            ),
        ] as [(CallEntry, CallEntry)])
    func moved(entry: CallEntry, later: CallEntry) {
        #expect(entry.moved(by: 10) == later)
    }
}
