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

    /// The packets that a sender makes at a clock rate, with their times.
    private func sent(
        _ digits: String, clock: Int, tone: Duration
    ) -> [(event: TelephoneEvent, timestamp: UInt32, marker: Bool, now: Instant)] {
        var sender = TelephoneEventSender(clockRate: clock, tone: tone)
        sender.enqueue(digits)
        var timestamp = UInt32.max - 70_000
        var now = Instant.zero
        var packets: [(TelephoneEvent, UInt32, Bool, Instant)] = []
        while sender.isSending {
            if let one = sender.tick(timestamp: timestamp) {
                packets.append((one.event, one.timestamp, one.marker, now))
            }
            timestamp &+= UInt32(clock / 50)
            now = now + .milliseconds(20)
        }
        return packets
    }

    @Test(
        "Long presses arrive at each clock rate as they were, with any tenth packet lost",
        arguments: [8000, 16_000, 48_000], [40, 100, 1400, 9000, 20_000])
    func longPresses(clock: Int, milliseconds: Int64) {
        let packets = sent("5#5", clock: clock, tone: .milliseconds(milliseconds))
        for lost in [nil, 0, 3, 9] as [Int?] {
            var receiver = TelephoneEventReceiver(clockRate: clock)
            var presses: [TelephoneEventReceiver.Press] = []
            for (index, packet) in packets.enumerated() where lost != index % 10 {
                if let press = receiver.expire(now: packet.now) { presses.append(press) }
                presses += receiver.receive(
                    [packet.event], timestamp: packet.timestamp, marker: packet.marker, now: packet.now)
            }
            #expect(presses.map { String($0.key) } == ["5", "#", "5"])
            #expect(presses.map(\.duration.inMilliseconds) == [milliseconds, milliseconds, milliseconds])
        }
    }

    @Test("T-24 Twenty thousand keys at once are told as fast as nobody presses them", .tags(.threat))
    func flood() {
        var receiver = TelephoneEventReceiver()
        var told = 0
        for index in 0..<20_000 {
            let now = Instant.zero + .microseconds(Int64(index) * 500)
            told +=
                receiver.receive(
                    [TelephoneEvent(code: UInt8(index % 16), isEnd: true, duration: 400)],
                    timestamp: UInt32(index) &* 640, marker: true, now: now
                ).count
        }
        // Ten seconds of them.
        #expect(told >= TelephoneEventReceiver.burst)
        #expect(told <= TelephoneEventReceiver.burst + 10 * TelephoneEventReceiver.maximumRate)
        #expect(receiver.dropped == 20_000 - told)
        // Whoever presses like a human afterwards is heard.
        let later = receiver.receive(
            [TelephoneEvent(code: 1, isEnd: true, duration: 800)], timestamp: 20_000 * 640, marker: true,
            now: .zero + .seconds(11))
        #expect(later.map(\.key) == ["1"])
    }

    @Test("Keys as fast as a machine can dial them are all told")
    func fast() {
        var receiver = TelephoneEventReceiver()
        var told = 0
        for index in 0..<500 {
            told +=
                receiver.receive(
                    [TelephoneEvent(code: UInt8(index % 10), isEnd: true, duration: 320)],
                    timestamp: UInt32(index) * 640, marker: true, now: .zero + .milliseconds(Int64(index) * 80)
                ).count
        }
        #expect(told == 500 && receiver.dropped == 0)
    }

    @Test("T-24 A key that is held for hours is told after a minute, once", .tags(.threat), arguments: [8000, 48_000])
    func hours(clock: Int) {
        // Once with segments as it should be, once with a duration that stands still.
        for isStill in [false, true] {
            var receiver = TelephoneEventReceiver(clockRate: clock)
            var presses: [TelephoneEventReceiver.Press] = []
            for tick in 0..<(2 * 3600 * 10) {
                let now = Instant.zero + .milliseconds(Int64(tick) * 100)
                let units = isStill ? 0xFFFF : tick * clock / 10 + 1
                let before = (units - 1) / 0xFFFF * 0xFFFF
                presses += receiver.receive(
                    [TelephoneEvent(code: 7, isEnd: false, duration: UInt16(units - before))],
                    timestamp: UInt32(truncatingIfNeeded: before), marker: tick == 0, now: now)
                if let press = receiver.expire(now: now) { presses.append(press) }
            }
            #expect(presses.map(\.key) == ["7"])
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
