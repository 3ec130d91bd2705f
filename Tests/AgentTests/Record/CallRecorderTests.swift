import Foundation
import RTPMedia
import Testing

@testable import Agent

struct CallRecorderTests {
    private static func frame(_ value: Int16) -> PCMFrame {
        PCMFrame(samples: Array(repeating: value, count: 160), sampleRate: 8_000)
    }

    private static func read(_ path: String) throws -> WAVFile {
        try WAVFile(parsing: Array(try Data(contentsOf: URL(filePath: path))))
    }

    @Test("What was heard is on the left and what was sent on the right, in step", arguments: [1, 24, 25, 26, 500])
    func sides(frames: Int) async throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("new/folder/a.wav"), sampleRate: 8_000)
        for number in 0..<frames { recorder.take(Self.frame(Int16(number)), Self.frame(Int16(-number - 1))) }
        try await recorder.finish()
        let file = try Self.read(recorder.path)
        #expect(file.sampleRate == 8_000 && !file.isTruncated)
        // What is sent sounds while the next frame is said.
        let (heard, sent) = (Array(0..<Int16(frames)) + [0], [0] + (0..<Int16(frames)).map { -$0 - 1 })
        #expect(file.channels == [heard, sent].map { $0.flatMap { Array(repeating: $0, count: 160) } })
    }

    @Test("After the end nothing is taken, and ending again does nothing")
    func ended() async throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("a.wav"), sampleRate: 8_000)
        recorder.take(Self.frame(1), Self.frame(2))
        try await recorder.finish()
        for _ in 0..<60 { recorder.take(Self.frame(3), Self.frame(4)) }
        try await recorder.finish()
        let nothing = Self.frame(0).samples
        #expect(
            try Self.read(recorder.path).channels == [
                Self.frame(1).samples + nothing, nothing + Self.frame(2).samples,
            ])
    }

    @Test("A file that was never finished can be played", .timeLimit(.minutes(1)))
    func abrupt() async throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("a.wav"), sampleRate: 8_000)
        // Only the disk knows when the recorder's queue has written.
        var file: WAVFile?
        while (file?.channels.first?.count ?? 0) < 16_000 {
            for _ in 0..<25 { recorder.take(Self.frame(5), Self.frame(-5)) }
            await Task.yield()
            file = try? Self.read(recorder.path)
        }
        let read = try #require(file)
        #expect(read.channels.count == 2)
        #expect(Set(read.channels[0]) == [5])
        #expect(Set(read.channels[1].dropFirst(160)) == [-5])
    }

    @Test("A recording of Opus holds both sides, and says at its end what is in it")
    func opus() async throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("a.opus"), format: .oggOpus(), sampleRate: 8_000)
        for _ in 0..<100 { recorder.take(Self.frame(1_000), Self.frame(-1_000)) }
        recorder.pause()
        for _ in 0..<100 { recorder.take(Self.frame(2_000), Self.frame(-2_000)) }
        recorder.resume()
        let summary = try await recorder.finish()
        #expect(try await recorder.finish() == summary)
        #expect(summary.format == .oggOpus() && summary.duration == .seconds(4))
        #expect(summary.pauses == [RecordingSummary.Pause(start: .seconds(2), end: .seconds(4))])
        #expect(summary.caller.length == .seconds(4) && summary.agent.missing == .zero)
        let file = try AudioFile(parsing: Array(try Data(contentsOf: URL(filePath: recorder.path))))
        #expect(file.kind == .oggOpus && file.channels.map(\.count) == [32_000, 32_000])
        #expect(summary.octets == (try Data(contentsOf: URL(filePath: recorder.path))).count)
    }

    @Test("Nothing of a pause is recorded, not even what of it sounds afterwards")
    func pause() async throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("a.wav"), sampleRate: 8_000)
        for number in [Int16(1), 2] {
            recorder.take(Self.frame(number), Self.frame(-number))
            recorder.pause()
            recorder.take(Self.frame(7), Self.frame(7))
            recorder.resume()
        }
        recorder.take(Self.frame(3), Self.frame(-3))
        try await recorder.finish()
        let expected: [[Int16]] = [[1, 0, 2, 0, 3, 0], [0, 0, 0, 0, 0, -3]]
        #expect(
            try Self.read(recorder.path).channels == expected.map { $0.flatMap { Array(repeating: $0, count: 160) } })
    }

    @Test("A recording is for its owner only")
    func isPrivate() throws {
        let folder = try ScratchFolder()
        let recorder = try CallRecorder(path: folder.file("a.wav"), sampleRate: 8_000)
        let attributes = try FileManager.default.attributesOfItem(atPath: recorder.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("A full disk is told at the end")
    func full() async throws {
        let recorder = try CallRecorder(path: "/dev/full", sampleRate: 8_000)
        for _ in 0..<100 { recorder.take(Self.frame(1), Self.frame(2)) }
        await #expect(throws: CallRecorderError(path: "/dev/full", reason: "No space left on device")) {
            try await recorder.finish()
        }
    }

    @Test("A file that can't be made is told in a sentence", arguments: ["/proc/none/a.wav", "/dev/null/a.wav"])
    func cannotMake(path: String) throws {
        let error = #expect(throws: CallRecorderError.self) { _ = try CallRecorder(path: path, sampleRate: 8_000) }
        let sentence = try #require(error?.description)
        #expect(sentence.hasPrefix("The recording \(path) can't be written: "))
        #expect(sentence.contains("calls.recordings"))
    }
}
