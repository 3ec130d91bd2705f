import Agent
import Foundation
import RTPMedia

/// Writes down what a recording says, with the embedded speech to text.
enum Transcriber {
    private static let loading = Task {
        try await LocalSpeech.load(
            SpeechDirectory(
                path: ProcessInfo.processInfo.environment["TRUNKLINE_SPEECH"]
                    ?? FileManager.default.homeDirectoryForCurrentUser.path + "/.local/share/trunkline/speech"))
    }

    /// - Parameter channel: of a stereo file; `nil` for all together.
    static func transcribe(_ path: String, channel: Int? = nil) async throws -> String {
        let file = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        let samples = channel.map { file.channels[$0] } ?? file.samples
        return try await transcribe(samples, sampleRate: file.sampleRate)
    }

    static func transcribe(_ samples: [Int16], sampleRate: Int) async throws -> String {
        try await loading.value.hearing.transcribe(samples, sampleRate: sampleRate).lowercased()
    }
}
