import Testing

@testable import Agent

struct SpeechQueueTests {
    /// Plays until nothing is there; frames are named by their first sample.
    private static func play(_ queue: inout SpeechQueue, from start: Int = 0, frames: Int = 1_000) -> (
        sound: [Int16], told: [String], position: Int
    ) {
        var (sound, told, position) = ([Int16](), [String](), start)
        for _ in 0..<frames {
            guard let piece = queue.take(at: position) else { break }
            if let id = piece.begins { told.append("+\(id)@\(position)") }
            sound += piece.samples
            position += piece.samples.count
            if let id = piece.ends { told.append("-\(id)@\(position)") }
        }
        return (sound, told, position)
    }

    private static func filled(_ lengths: Int...) -> SpeechQueue {
        var queue = SpeechQueue(sampleRate: 8_000)
        for (index, length) in lengths.enumerated() {
            queue.begin(index + 1)
            _ = queue.add((0..<length).map { Int16(1_000 * (index + 1) + $0 % 1_000) }, to: index + 1)
            queue.complete(index + 1)
        }
        return queue
    }

    @Test("Sentences follow each other in whole frames, and their ends are told")
    func order() {
        var queue = Self.filled(320, 200)
        let (sound, told, _) = Self.play(&queue)
        #expect(sound.count == 320 + 320)
        #expect(sound[320] == 2_000)
        #expect(sound[520...].allSatisfy { $0 == 0 }, "the last frame is filled up")
        #expect(told == ["+1@0", "-1@320", "+2@320", "-2@640"])
        #expect(!queue.hasMore)
    }

    @Test("What is not there yet is waited for, and an end that is known late is told")
    func late() {
        var queue = SpeechQueue(sampleRate: 8_000)
        queue.begin(7)
        #expect(queue.take(at: 0) == nil)
        #expect(queue.hasMore)
        _ = queue.add(Array(repeating: 900, count: 170), to: 7)
        #expect(Self.play(&queue).told == ["+7@0"])
        _ = queue.add(Array(repeating: 900, count: 150), to: 7)
        #expect(Self.play(&queue, from: 160).told == [])
        queue.complete(7)
        #expect(Self.play(&queue, from: 320).told == ["-7@320"])
        #expect(queue.take(at: 320) == nil)
    }

    @Test("A sentence without a sound begins and ends at once")
    func empty() {
        var queue = Self.filled(0, 160)
        #expect(Self.play(&queue).told == ["+1@0", "-1@0", "+2@0", "-2@160"])
    }

    @Test("Silence at the head of what is said first is left out, 10 ms are kept; later it belongs to the speech")
    func head() {
        var queue = SpeechQueue(sampleRate: 8_000)
        for id in 1...2 {
            queue.begin(id)
            #expect(!queue.add(Array(repeating: 3, count: 500), to: id) || id == 2)
            _ = queue.add(Array(repeating: 0, count: 300) + Array(repeating: 5_000, count: 160), to: id)
            queue.complete(id)
        }
        #expect(queue.trimmedMilliseconds(of: 1) == (500 + 300 - 80) / 8)
        #expect(queue.trimmedMilliseconds(of: 2) == 0)
        var heard = queue
        #expect(heard.take(at: 0)?.lead == 80)
        let sound = Self.play(&queue).sound
        #expect(sound.prefix(80).allSatisfy { $0 == 0 } && sound[80] == 5_000)
    }

    @Test(
        "Playing goes on at any sample that was played, also in an earlier sentence",
        arguments: [0, 100, 480, 500, 700])
    func resume(point: Int) {
        var queue = Self.filled(480, 480)
        let whole = Self.play(&queue).sound
        queue.resume(at: point, from: 5_000)
        let (rest, told, position) = Self.play(&queue, from: 5_000)
        let expected = Array(whole[point...])
        #expect(rest.filter { $0 != 0 } == expected)
        #expect(rest.count - expected.count < 320, "filled up at the end of each sentence at most")
        #expect(told.last == "-2@\(position)")
    }

    @Test("Sound that comes while playing is stopped follows what was cut")
    func growing() {
        var queue = SpeechQueue(sampleRate: 8_000)
        queue.begin(1)
        _ = queue.add(Array(repeating: 1_000, count: 800), to: 1)
        _ = Self.play(&queue)
        _ = queue.add(Array(repeating: 2_000, count: 800), to: 1)
        queue.resume(at: 640, from: 640)
        queue.complete(1)
        let sound = Self.play(&queue, from: 640).sound
        #expect(sound == Array(repeating: 1_000, count: 160) + Array(repeating: 2_000, count: 800))
    }

    @Test("A long speech does not pile up behind the front, and can still be gone back in by two seconds")
    func bounded() {
        var queue = Self.filled(Array(repeating: 4_000, count: 1)[0])
        var position = 0
        for id in 2..<200 {
            queue.begin(id)
            _ = queue.add(Array(repeating: Int16(id), count: 4_000), to: id)
            queue.complete(id)
            position = Self.play(&queue, from: position).position
        }
        #expect(queue.kept < 5 * 8_000)
        queue.resume(at: position - 16_000, from: position)
        #expect(Self.play(&queue, from: position).sound.count >= 16_000)
    }
}
