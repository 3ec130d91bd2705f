import Agent
import Foundation
import RTPMedia
import Testing

/// The embedded speech parts, loaded once for all tests.
enum Ears {
    static let directory = SpeechDirectory(
        path: ProcessInfo.processInfo.environment["TRUNKLINE_SPEECH"]
            ?? FileManager.default.homeDirectoryForCurrentUser.path + "/.local/share/trunkline/speech")

    private static let loading = Task { try await LocalSpeech.load(directory, threads: 2) }

    static func speech() async throws -> LocalSpeech { try await loading.value }

    /// `samples` as they come out of a telephone line: G.711 µ-law there and back.
    static func overTheLine(_ samples: [Int16]) -> [Int16] {
        let codec = G711(.mu)
        return codec.decode(codec.encode(samples)[...])
    }

    /// What is understood of `samples`, one text per stretch of speech; and all the events.
    static func events(of samples: [Int16], at rate: Int = 8_000, expecting: [String] = []) async throws
        -> [HearingEvent]
    {
        let session = try await speech().hearing.makeSession(SpeechFormat(sampleRate: 8_000))
        var resampler = try Resampler(from: rate, to: session.sampleRate)
        let padded = samples + Array(repeating: 0, count: rate)
        await session.expect(expecting)
        // Frame by frame, as on a call.
        for start in stride(from: 0, to: padded.count, by: rate / 50) {
            await session.hear(resampler.process(Array(padded[start..<min(start + rate / 50, padded.count)])))
        }
        var events: [HearingEvent] = []
        var open = 0
        // A second of silence was the end: whatever began is over by then.
        for await event in session.events {
            events.append(event)
            switch event {
            case .speechStarted: open += 1
            case .final, .speechDismissed, .failed: open -= 1
            default: break
            }
            if open == 0, await isQuiet(after: event, samples: padded.count * (session.sampleRate / rate)) { break }
        }
        await session.close()
        return events
    }

    /// Whether no more speech can follow an event that ended near the end of the sound.
    private static func isQuiet(after event: HearingEvent, samples: Int) async -> Bool {
        switch event {
        case .final(_, _, let end): end > samples - 16_000 * 3
        case .speechDismissed(let position): position > samples - 16_000 * 3
        default: true
        }
    }

    static func words(of samples: [Int16], at rate: Int = 8_000, expecting: [String] = []) async throws -> String {
        try await events(of: samples, at: rate, expecting: expecting).compactMap { event in
            if case .final(let text, _, _) = event { text } else { nil }
        }.joined(separator: " ").lowercased()
    }

    /// `text` in the embedded voice, at 8 kHz.
    static func voice(_ text: String) async throws -> [Int16] {
        var samples: [Int16] = []
        let session = try await speech().voice.makeSession(SpeechFormat(sampleRate: 8_000))
        for try await sound in session.speak(text) { samples += sound.frame.samples }
        return samples
    }

    /// A prompt by a human speaker, from Debian's asterisk-core-sounds-en-wav.
    static func prompt(_ name: String) throws -> [Int16] {
        let file = URL(filePath: "/usr/share/asterisk/sounds/en_US_f_Allison/\(name).wav")
        return try WAVFile(parsing: [UInt8](Data(contentsOf: file))).samples
    }

    static func silence(seconds: Double) -> [Int16] { Array(repeating: 0, count: Int(8_000 * seconds)) }
}
