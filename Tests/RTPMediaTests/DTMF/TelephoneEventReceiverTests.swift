import RTPMedia
import TelephonyPrimitives
import Testing

private struct DTMFCases: Decodable {
    struct Packet: Decodable {
        var tMs: Int64
        var hex: String
    }
    struct Press: Decodable {
        var digit: String
        var durationMs: Int64
    }
    struct Case: Decodable {
        var name: String
        var clock: Int
        var eventPayloadType: UInt8
        var mode: String
        var packets: [Packet]
        var expected: [Press]
    }
    var cases: [Case]

    /// Runs a case through a receiver as a session would: other payload types are not its, a new SSRC starts it anew.
    static func presses(_ item: Case) throws -> [TelephoneEventReceiver.Press] {
        var receiver = TelephoneEventReceiver(clockRate: item.clock)
        var presses: [TelephoneEventReceiver.Press] = []
        var ssrc: UInt32?
        var now = Instant.zero
        for arrived in item.packets {
            while now < .zero + .milliseconds(arrived.tMs) {
                now = now + .milliseconds(10)
                if let press = receiver.expire(now: now) { presses.append(press) }
            }
            let packet = try RTPPacket(parsing: RTPFixture.octets(arrived.hex))
            guard packet.payloadType == item.eventPayloadType else { continue }
            if let ssrc, ssrc != packet.ssrc, let press = receiver.reset() { presses.append(press) }
            ssrc = packet.ssrc
            presses += receiver.receive(
                TelephoneEvent.events(in: packet.payload), timestamp: packet.timestamp, marker: packet.marker, now: now)
        }
        if let press = receiver.expire(now: now + .seconds(1)) { presses.append(press) }
        #expect(receiver.expire(now: now + .seconds(2)) == nil)
        return presses
    }
}

@Suite("Keys from telephone-events")
struct TelephoneEventReceiverTests {
    @Test("Every sequence of the collection tells its keys, once each, with their durations")
    func collection() throws {
        let cases = try RTPFixture.load("rtp/dtmf.json", as: DTMFCases.self).cases
        #expect(cases.count == 34)
        for item in cases {
            let presses = try DTMFCases.presses(item)
            // The flash of the hook is no key; redundancy (RFC 2198) is never agreed on.
            let keys = item.expected.filter { $0.digit.count == 1 && item.name != "rfc2198-redundancy" }
            #expect(presses.map { String($0.key) } == keys.map(\.digit), "\(item.name)")
            guard item.mode == "strict" else { continue }
            #expect(presses.map(\.duration.inMilliseconds) == keys.map(\.durationMs), "\(item.name)")
        }
    }

    @Test("With any packets lost, doubled or swapped, no key is told twice nor out of order")
    func disorder() throws {
        let cases = try RTPFixture.load("rtp/dtmf.json", as: DTMFCases.self).cases
        var random = SeededGenerator(seed: 11)
        let names: Set = [
            "single-digit", "digit-string", "same-digit-twice", "timestamp-wrap", "long-event-two-segments",
        ]
        for item in cases where names.contains(item.name) {
            let keys = item.expected.map(\.digit)
            for _ in 0..<200 {
                var changed = item
                changed.packets = item.packets.filter { _ in UInt8.random(in: 0..<10, using: &random) > 2 }
                changed.packets = changed.packets.flatMap {
                    [DTMFCases.Packet](repeating: $0, count: Bool.random(using: &random) ? 2 : 1)
                }
                if changed.packets.count > 2 {
                    let index = Int.random(in: 1..<changed.packets.count, using: &random)
                    let (early, late) = (changed.packets[index - 1], changed.packets[index])
                    changed.packets[index - 1].hex = late.hex
                    changed.packets[index].hex = early.hex
                }
                var rest = try DTMFCases.presses(changed).map { String($0.key) }[...]
                for key in keys where rest.first == key { rest = rest.dropFirst() }
                #expect(rest.isEmpty, "\(item.name)")
            }
        }
    }

    @Test("Keys and codes belong together", arguments: zip(0...15 as ClosedRange<UInt8>, "0123456789*#ABCD"))
    func keys(code: UInt8, key: Character) {
        #expect(TelephoneEvent(code: code, isEnd: false, duration: 0).key == key)
        #expect(TelephoneEvent.code(ofKey: key) == code)
        #expect(TelephoneEvent.code(ofKey: Character(key.lowercased())) == code)
    }

    @Test("What is no key has no code")
    func noKeys() {
        #expect(TelephoneEvent(code: 16, isEnd: true, duration: 0).key == nil)
        #expect("eE+ ß,é😀".allSatisfy { TelephoneEvent.code(ofKey: $0) == nil })
    }

    @Test("A payload holds whole events only")
    func payload() {
        #expect(TelephoneEvent.events(in: [5, 0x8A, 3]).isEmpty)
        let event = TelephoneEvent(code: 5, isEnd: true, volume: 10, duration: 800)
        #expect(event.serialized == [5, 0x8A, 3, 0x20])
        #expect(TelephoneEvent.events(in: (event.serialized + [1, 2])[...]) == [event])
        #expect(TelephoneEvent.events(in: [UInt8](repeating: 0, count: 1400)[...]).count == 4)
    }
}
