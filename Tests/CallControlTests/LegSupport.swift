import Telephony
import TelephonyPrimitives

@testable import CallControl
@testable import Telnyx

extension Instant {
    static func after(_ seconds: Double) -> Instant { .zero + .milliseconds(Int64(seconds * 1_000)) }
}

/// A leg in virtual time, and what it wanted so far.
struct LegPlay {
    var leg: CallControlLeg
    var now = Instant.zero

    init(_ direction: CallDirection = .incoming, streamsWithAnswer: Bool = true) {
        leg = CallControlLeg(
            direction, streamURL: "wss://agent.example/telnyx/stream", streamsWithAnswer: streamsWithAnswer,
            ringing: .seconds(30))
    }

    mutating func tell(_ input: LegInput) -> [LegAction] { leg.receive(input, now: now) }

    mutating func webhook(
        _ type: String, _ payload: [String: JSONValue] = [:], of part: LegInput.Part = .own
    ) -> [LegAction] {
        tell(.webhook(LegEvent(type: type, payload: .object(payload)), of: part))
    }

    mutating func hangup(_ cause: String = "normal_clearing", sip: String? = nil, of part: LegInput.Part = .own)
        -> [LegAction]
    {
        var payload: [String: JSONValue] = ["hangup_cause": .string(cause)]
        payload["sip_hangup_cause"] = sip.map { .string($0) }
        return webhook("call.hangup", payload, of: part)
    }

    /// Lets time go by, with every deadline in it.
    mutating func wait(_ seconds: Double) -> [LegAction] {
        let end = now + .milliseconds(Int64(seconds * 1_000))
        var actions: [LegAction] = []
        while let due = leg.deadline, due <= end {
            now = max(now, due)
            actions += leg.tick(now: now)
        }
        now = end
        return actions
    }

    /// As far as a call that is up.
    mutating func answer() -> [LegAction] {
        tell(.answer) + tell(.outcome(.answer(withStream: true), nil)) + tell(.streamBegan)
    }
}

extension TelnyxError {
    static func code(_ code: String) -> TelnyxError {
        .refused(
            Refusal(
                TelnyxAnswer(status: 422, headers: [:], body: Array(#"{"errors":[{"code":"\#(code)"}]}"#.utf8)),
                without: Secret("KEYplanted")))
    }
}

extension [LegAction] {
    /// How it ended, if it did.
    var end: CallEnd? {
        for case .ended(let end) in self { return end }
        return nil
    }

    var orders: [LegOrder] {
        compactMap { if case .order(let order) = $0 { order } else { nil } }
    }
}
