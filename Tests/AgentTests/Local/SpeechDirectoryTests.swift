import Foundation
import Testing

@testable import Agent

struct SpeechDirectoryTests {
    /// A folder with an octet in each file, except in those that `change` removes or empties.
    private func check(_ change: (SpeechDirectory) throws -> Void) throws -> ProviderError? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "speech-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let directory = SpeechDirectory(path: folder.path)
        for file in directory.files {
            let url = URL(filePath: file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data([1]).write(to: url)
        }
        try change(directory)
        do throws(ProviderError) {
            try directory.check()
            return nil
        } catch {
            return error
        }
    }

    @Test("A folder with everything in it is accepted")
    func complete() throws {
        #expect(try check { _ in } == nil)
    }

    @Test("The file that is missing is named, with what to do", arguments: 0..<8)
    func missing(index: Int) throws {
        var file = ""
        let error = try check { directory in
            file = try #require(directory.files.dropFirst(index).first)
            try FileManager.default.removeItem(atPath: file)
        }
        let sentence = try #require(error).description
        #expect(sentence.contains(file))
        #expect(sentence.contains("scripts/install-speech.sh"))
        #expect(!sentence.contains(" more"))
    }

    @Test("An empty file is as bad as none, and of several the first is named")
    func empty() throws {
        let error = try check { directory in
            try Data().write(to: URL(filePath: directory.voice))
            try FileManager.default.removeItem(atPath: directory.detector)
        }
        let sentence = try #require(error).description
        #expect(sentence.contains("piper/voice.onnx and 1 more"))
    }
}
