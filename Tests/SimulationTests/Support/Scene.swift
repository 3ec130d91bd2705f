import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// Two phones and the network between them: alice (400 Hz) and bob (1000 Hz).
final class Scene {
    let network: SeededNetwork
    let alice: Phone
    let bob: Phone

    init(
        seed: UInt64 = 1, conditions: LinkConditions = .perfect, aliceCodecs: [AudioCodecOffer] = [.pcmu, .pcma],
        bobCodecs: [AudioCodecOffer] = [.pcmu, .pcma], aliceAt: IPAddress = .v4(0xC000_0201),
        aliceAdvertises: TransportAddress? = nil
    ) {
        network = SeededNetwork(seed: seed, conditions: conditions)
        alice = Phone(
            "alice", at: aliceAt, on: network, seed: seed &* 2, codecs: aliceCodecs, tone: .low,
            advertising: aliceAdvertises)
        bob = Phone(
            "bob", at: .v4(0xC633_6402), on: network, seed: seed &* 2 &+ 1, codecs: bobCodecs, tone: .high)
    }

    /// Does something at a time counted from the beginning.
    func at(_ time: Duration, _ action: @escaping () -> Void) {
        network.after((.zero + time) - network.now, action)
    }

    /// Lives until a time counted from the beginning.
    func lives(until time: Duration) {
        network.run(until: .zero + time)
    }

    /// alice calls, bob rings at once and answers after 1 s.
    func connects() {
        alice.invites(bob)
        bob.whenCalled = { [bob] _ in bob.rings() }
        at(.seconds(1)) { [bob] in bob.answers() }
    }

    /// How often a method or status was sent: `BYE`, `200 INVITE`.
    func count(_ title: String) -> Int {
        network.trace.records.count { $0.title == title }
    }

    /// The SIP messages in the order in which they were sent.
    var titles: [String] { network.trace.records.compactMap(\.title) }

    /// The SIP messages in the order in which they were sent.
    var messages: [WireMessage] { network.trace.records.compactMap { WireMessage($0.octets) } }

    /// The RTP packets that a phone sent, and when.
    func packets(of phone: Phone) -> [(time: Instant, rtp: RTPPacket)] {
        network.trace.records.compactMap { record in
            guard record.sender == phone.name, record.title == nil, record.source.port.isMultiple(of: 2),
                let rtp = try? RTPPacket(parsing: record.octets)
            else { return nil }
            return (record.time, rtp)
        }
    }

    /// What a phone sent is its tone to whoever reads G.711 by the book.
    func expectToneOnTheWire(of phone: Phone, _ location: SourceLocation = #_sourceLocation) {
        let frames = packets(of: phone).map { WrittenG711.frame($0.rtp.payload, payloadType: $0.rtp.payloadType) }
        #expect(frames.share(of: phone.tone) > 0.98, "\(frames.share(of: phone.tone))", sourceLocation: location)
        #expect((0.95...1.05).contains(frames.level / phone.tone.level), sourceLocation: location)
    }

    /// Each side hears the tone of the other, as loud as it was sent.
    func expectSoundBothWays(
        from start: Duration, to end: Duration, _ location: SourceLocation = #_sourceLocation
    ) {
        for (phone, other) in [(alice, bob), (bob, alice)] {
            let frames = phone.call.heard(from: start, to: end)
            #expect(!frames.isEmpty, sourceLocation: location)
            #expect(
                frames.share(of: other.tone) > 0.95, "\(phone.name) hears \(frames.share(of: other.tone))",
                sourceLocation: location)
            #expect(
                (0.9...1.1).contains(frames.level / other.tone.level), "\(phone.name) hears \(frames.level)",
                sourceLocation: location)
        }
    }

    /// Lets every timer run out; then nothing may be left, every call has ended once, and the auditor finds nothing.
    func isOver(waivers: [Waiver] = [], _ location: SourceLocation = #_sourceLocation) {
        network.run(for: .seconds(110))
        for phone in [alice, bob] {
            #expect(
                phone.core.counters.isIdle, "\(phone.name): \(phone.core.counters)", sourceLocation: location)
            for call in phone.calls {
                #expect(call.ends.count == 1, "\(phone.name): \(call.story)", sourceLocation: location)
                #expect(
                    !call.story.contains { $0.hasPrefix("bad") }, "\(phone.name): \(call.story)",
                    sourceLocation: location)
            }
        }
        #expect(network.faults.isEmpty, sourceLocation: location)
        let report = TraceAuditor(waivers: waivers).audit(network.trace)
        #expect(report.isClean, "\(report)\n\(network.trace)", sourceLocation: location)
        #expect(report.unusedWaivers.isEmpty, sourceLocation: location)
    }
}

extension Trace.Record {
    /// `INVITE` or `200 INVITE`; `nil` for what is no SIP message.
    var title: String? {
        guard let message = WireMessage(octets) else { return nil }
        if let method = message.method { return method }
        return "\(message.status ?? 0) \(message.sequenceMethod ?? "")"
    }
}

extension Datagram {
    var title: String? {
        guard let message else { return nil }
        if let method = message.method { return method }
        return "\(message.status ?? 0) \(message.sequenceMethod ?? "")"
    }

    /// Whether it is RTP or RTCP.
    var isMedia: Bool { destination.port >= 10_000 && message == nil }
}
