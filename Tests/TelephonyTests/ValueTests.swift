import RTPMedia
import Testing

@testable import Telephony

/// The small parts of which a call is made.
@Suite struct ValueTests {
    private func frame(_ value: Int16) -> PCMFrame {
        PCMFrame(samples: [value], sampleRate: 8_000)
    }

    @Test func `a full ring drops its oldest frames and counts them`() async {
        let (audio, ring) = CallAudio.makeRing(capacity: 3)
        for value in 0..<5 { ring.put(frame(Int16(value))) }
        #expect(ring.droppedFrames == 2)
        ring.finish()
        ring.put(frame(9))
        var heard: [Int16] = []
        for await frame in audio { heard += frame.samples }
        #expect(heard == [2, 3, 4])
    }

    @Test(.bounded) func `a reader who waits gets the next frame, and one who is cancelled gets none`() async {
        let (audio, ring) = CallAudio.makeRing(capacity: 3)
        let waiting = Task.immediate {
            var iterator = audio.makeAsyncIterator()
            return await iterator.next()
        }
        ring.put(frame(1))
        #expect(await waiting.value == frame(1))
        let cancelled = Task.immediate {
            var iterator = audio.makeAsyncIterator()
            return await iterator.next()
        }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        ring.put(frame(2))
        #expect(ring.droppedFrames == 0)
        var iterator = audio.makeAsyncIterator()
        #expect(await iterator.next() == frame(2))
    }

    @Test func `a play queue gives whole frames, the last one filled up, and counts only what was given to it`() {
        var queue = PlayQueue()
        var frame: [Int16] = [9]
        #expect(!queue.take(4, into: &frame))
        #expect(frame.isEmpty)
        queue.append([1, 2, 3])
        queue.append([4, 5, 6])
        #expect(queue.queued == 6)
        #expect(queue.take(4, into: &frame))
        #expect(frame == [1, 2, 3, 4])
        #expect(queue.take(4, into: &frame))
        #expect(frame == [5, 6, 0, 0])
        #expect(queue.played == 6)
        #expect(!queue.take(4, into: &frame))
        queue.append([7, 8, 9])
        queue.dropAll()
        #expect(queue.isEmpty)
        #expect(queue.played == 6)
    }

    @Test func `a port range hands out even ports in turn, and none twice`() {
        let range = PortRange(101...107, startingAt: 1)
        #expect(range.capacity == 3)
        #expect([range.take(), range.take(), range.take(), range.take()] == [104, 106, 102, nil])
        #expect(range.used == 3)
        range.release(104)
        #expect(range.take() == 104)
        range.release(106)
        range.release(106)
        #expect(range.used == 2)
    }

    @Test(arguments: [(0...0, 0), (1...1, 0), (2...2, 0), (2...3, 1), (65_534...65_535, 1), (65_535...65_535, 0)])
    func `a port range counts whole pairs only`(_ ports: ClosedRange<Int>, _ capacity: Int) {
        let range = PortRange(UInt16(ports.lowerBound)...UInt16(ports.upperBound), startingAt: .min)
        #expect(range.capacity == capacity)
        #expect((range.take() != nil) == (capacity > 0))
    }

    @Test(
        arguments: [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5", 160),
            ("application/dtmf-relay; charset=utf-8", "signal = a\nduration = 250", "A", 250),
            ("Application/DTMF-Relay", "Duration=100\r\nSignal=#", "#", 100),
            ("application/dtmf-relay", "Signal=11", "#", 100),
            ("application/dtmf-relay", "Signal=1\r\nDuration=0", "1", 40),
            ("application/dtmf-relay", "Signal=1\r\nDuration=99999999999999999999", "1", 100),
            ("application/dtmf-relay", "Signal=1\r\nDuration=999999", "1", 10_000),
            ("application/dtmf", " 9\r\n", "9", 100),
        ] as [(String, String, Character, Int)])
    func `a relayed key is read`(_ type: String, _ body: String, _ key: Character, _ milliseconds: Int) throws {
        let digit = try #require(RelayedDigit(contentType: type, body: Array(body.utf8)))
        #expect(digit.key == key)
        #expect(digit.duration == .milliseconds(milliseconds))
    }

    @Test(
        arguments: [
            ("application/dtmf-relay", ""), ("application/dtmf-relay", "Signal="),
            ("application/dtmf-relay", "Signal=16"), ("application/dtmf-relay", "Signal=é"),
            ("application/dtmf", "99"), ("application/dtmf", "E"), ("text/plain", "Signal=5"), ("", "5"),
            ("application/dtmf-relay", "Signal=5" + String(repeating: " ", count: 300)),
        ])
    func `what is no key is none`(_ type: String, _ body: String) {
        #expect(RelayedDigit(contentType: type, body: Array(body.utf8)) == nil)
    }
}
