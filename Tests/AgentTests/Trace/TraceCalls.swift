import Telephony

@testable import Agent

/// Calls as a database has them, made up for tests.
enum TraceCalls {
    static func sip(
        _ at: Int, _ way: Way, _ line: String, _ method: String, _ headers: [String] = [], sound: String? = nil,
        remote: String = "203.0.113.9:5060", local: String = "10.0.0.5:5060"
    ) -> MessageRecord {
        let start = line.first?.isNumber == true ? "SIP/2.0 \(line)" : "\(line) SIP/2.0"
        // The sound: address, port, transport, direction, payload types.
        var lines = [start, "CSeq: 1 \(method)"] + headers
        if let sound {
            let parts = sound.split(separator: " ").map(String.init)
            lines += ["Content-Type: application/sdp", "", "v=0", "c=IN IP4 \(parts[0])"]
            lines.append("m=audio \(parts[1]) \(parts[2]) \(parts.dropFirst(4).joined(separator: " "))")
            lines.append("a=\(parts[3])")
        } else {
            lines += ["", ""]
        }
        return MessageRecord(
            atMicroseconds: at, isReceived: way == .received, transport: "udp", local: local, remote: remote,
            octets: Array(lines.joined(separator: "\r\n").utf8))
    }

    enum Way { case received, sent }

    static func call(
        _ direction: CallDirection = .incoming, answered: Int? = 900, ended: Int? = 31_500,
        cause: CallEnd.Cause = .remoteHangUp, status: Int? = nil, explanation: String = "The peer hung up"
    ) -> StoredCall {
        StoredCall(
            id: "0abc-def", direction: direction, remote: "sip:+4930123456@example.com", remoteName: "Ada",
            local: "sip:desk@example.com", agent: "flow: Harbour", state: .ended, startedAt: 1_767_323_045_000,
            answeredMs: answered, endedMs: ended, endCause: cause.rawValue, endStatus: status, explanation: explanation)
    }

    static func quality(
        received: Int = 1_500, sent: Int = 1_500, change: (inout CallStatistics) -> Void = { _ in }
    ) -> CallStatistics {
        var quality = CallStatistics()
        quality.codec = "PCMU"
        (quality.packetsReceived, quality.packetsSent, quality.estimatedMOS) = (received, sent, 4.3)
        change(&quality)
        return quality
    }

    static func ledger(_ thinking: Int) -> TurnLedger {
        var ledger = TurnLedger()
        (ledger.endOfSpeechMs, ledger.thinkingMs, ledger.voiceMs) = (240, thinking, 110)
        return ledger
    }

    static let setup = [
        sip(0, .received, "INVITE sip:desk@example.com", "INVITE", sound: "203.0.113.9 4000 RTP/AVP sendrecv 0 8"),
        sip(400, .sent, "100 Trying", "INVITE"),
        sip(
            850_200, .sent, "200 OK", "INVITE", ["To: <sip:d@e>;tag=1"], sound: "198.51.100.7 16384 RTP/AVP sendrecv 0"),
        sip(870_000, .received, "ACK sip:desk@10.0.0.5", "ACK"),
    ]

    /// A good call: setup, a greeting, a question, an answer, a goodbye.
    static var good: (call: StoredCall, messages: [MessageRecord]) {
        var call = call()
        call.quality = quality()
        call.turns = [
            TurnRecord(who: .agent, text: "Harbour Dental, good day.", startMs: 1_000, endMs: 2_400),
            TurnRecord(who: .caller, text: "When are you open?", startMs: 3_000, endMs: 4_200),
            TurnRecord(who: .agent, text: "From nine to", startMs: 4_760, endMs: 6_000, interrupted: true),
        ]
        call.answers = [StoredCall.Answer(atMs: 4_760, ledger: ledger(206))]
        call.dtmf = [KeyRecord(digit: "7", direction: .received, atMs: 6_500, durationMs: 90)]
        call.events = [StoredCall.Event(kind: "tool", detail: "opening_hours", atMs: 4_500)]
        call.notes = [StoredCall.Note(key: "message", value: "call back", atMs: 7_000)]
        let end = [
            sip(31_499_000, .received, "BYE sip:desk@10.0.0.5", "BYE"),
            sip(31_499_000, .received, "BYE sip:desk@10.0.0.5", "BYE"), sip(31_500_100, .sent, "200 OK", "BYE"),
        ]
        return (call, setup + end)
    }
}
