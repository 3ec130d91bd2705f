import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Keys to telephone-events")
struct TelephoneEventSenderTests {
    /// What is sent in each tick until nothing is left.
    private func ticks(_ digits: String) -> [TelephoneEventSender.Emission?] {
        var sender = TelephoneEventSender()
        sender.enqueue(digits)
        var timestamp = UInt32.max - 1000
        var ticks: [TelephoneEventSender.Emission?] = []
        while sender.isSending, ticks.count < 10_000 {
            ticks.append(sender.tick(timestamp: timestamp))
            timestamp &+= 160
        }
        #expect(sender.tick(timestamp: timestamp) == nil)
        return ticks
    }

    @Test("A key is 100 ms of tone and 60 ms of gap, with one timestamp and its end told three times")
    func oneKey() {
        let sent = ticks("5").compactMap { $0 }
        #expect(sent.map(\.event.duration) == [160, 320, 480, 640, 800, 800, 800, 800])
        #expect(sent.map(\.event.isEnd) == [false, false, false, false, false, true, true, true])
        #expect(sent.map(\.marker) == [true, false, false, false, false, false, false, false])
        #expect(Set(sent.map(\.timestamp)) == [UInt32.max - 1000])
        #expect(sent.allSatisfy { $0.event.code == 5 })
    }

    @Test("Each key has its own timestamp, 160 ms after the one before")
    func severalKeys() {
        let sent = ticks("11#")
        #expect(sent.count == 24)
        #expect(sent.compactMap { $0?.marker == true ? $0?.timestamp : nil } == [.max - 1000, 279, 1559])
        #expect(sent.filter { $0?.marker == true }.map { $0?.event.code } == [1, 1, 11])
    }

    @Test("A comma leaves 500 ms to the audio")
    func pause() {
        let sent = ticks("1,2")
        #expect(sent.count == 8 + 25 + 8)
        #expect(sent[8..<33].allSatisfy { $0 == nil })
        #expect(sent[33]?.marker == true)
        #expect(ticks(",").count == 25)
    }

    @Test("A tone may last as long as wanted, and so may the gap")
    func durations() {
        var sender = TelephoneEventSender(clockRate: 16_000, tone: .milliseconds(60), gap: .milliseconds(120))
        sender.enqueue("12")
        let ticks = (0..<18).map { sender.tick(timestamp: UInt32($0) * 320) }
        #expect(!sender.isSending)
        #expect(
            ticks.map { $0?.event.duration }
                == Array(repeating: [320, 640, 960, 960, 960, 960, nil, nil, nil], count: 2).flatMap { $0 })
        #expect(
            ticks.map { $0?.event.isEnd }
                == Array(repeating: [false, false, false, true, true, true, nil, nil, nil], count: 2).flatMap { $0 })
        #expect(Set(ticks.compactMap { $0?.timestamp }) == Set<UInt32>([0, 2880]))
    }

    @Test("A tone beyond 16 bits of duration goes on in segments of 65 535 units")
    func segments() {
        var sender = TelephoneEventSender(clockRate: 48_000, tone: .seconds(3))
        sender.enqueue("9")
        let sent = (0..<153).compactMap { sender.tick(timestamp: UInt32($0) * 960) }
        #expect(Set(sent.map(\.timestamp)) == [0, 65_535, 131_070])
        #expect(sent.allSatisfy { $0.event.duration > 0 })
        #expect(
            sent.filter(\.event.isEnd).map { Int($0.timestamp) + Int($0.event.duration) } == [
                144_000, 144_000, 144_000,
            ])
        #expect(sent.count(where: \.marker) == 1)
    }

    @Test("Characters that are no keys are passed over, and the queue is bounded")
    func bounds() {
        var sender = TelephoneEventSender()
        #expect(sender.enqueue("+ x\u{301}😀") == 0)
        #expect(!sender.isSending)
        #expect(sender.enqueue("1 a-D") == 3)
        #expect(sender.enqueue(String(repeating: "7", count: 1000)) == TelephoneEventSender.capacity - 3)
    }
}
