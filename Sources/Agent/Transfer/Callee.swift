internal import RTPMedia
internal import Telephony

/// Whoever was called for a caller: what is said to them, and what they say.
actor Callee {
    nonisolated let call: any Call
    /// What they say, in stretches.
    nonisolated let answers: AsyncStream<String>
    private let voice: (any TextToSpeechSession)?
    private let voiceFailure: String?
    private let ears: LineEars?
    private var saying: Task<Void, Never>?

    /// How long a goodbye may take.
    private static let longestFarewell = Duration.seconds(8)

    /// - Parameter hears: whether it matters what they say.
    init(_ call: any Call, parts: ConsultationParts, hears: Bool) async {
        self.call = call
        let format = SpeechFormat(sampleRate: call.sampleRate, codec: await call.statistics().codec)
        var failure: String?
        var mouth: (any TextToSpeechSession)?
        do throws(ProviderError) {
            mouth = try await parts.voice?.makeSession(format)
        } catch {
            failure = error.description
        }
        voice = mouth
        voiceFailure = failure
        // Without ears there are still the keys.
        ears = hears && mouth != nil ? await Self.makeEars(parts.hearing, format, on: call) : nil
        answers = ears?.words ?? AsyncStream { $0.finish() }
    }

    private static func makeEars(
        _ hearing: (any SpeechToText)?, _ format: SpeechFormat, on call: any Call
    ) async -> LineEars? {
        guard let session = try? await hearing?.makeSession(format) else { return nil }
        do throws(ResamplerError) {
            return try await LineEars(session, on: call)
        } catch {
            await session.close()
            return nil
        }
    }

    func hear(_ frame: PCMFrame) async { await ears?.hear(frame) }

    /// Says `text` in place of what is being said.
    ///
    /// - Parameter ended: told when it has sounded; why not, when it could not be said. Not told when something else is said
    ///   in its place.
    nonisolated func say(_ text: String, ended: @escaping @Sendable (_ failure: String?) async -> Void) {
        // Unstructured: whoever decides what is said does not wait for it. ``leave(saying:)`` ends it.
        Task { await self.begin(text, ended) }
    }

    private func begin(_ text: String, _ ended: @escaping @Sendable (String?) async -> Void) {
        let before = saying
        before?.cancel()
        saying = Task {
            await before?.value
            guard !Task.isCancelled else { return }
            let failure = await self.speak(text)
            if !Task.isCancelled { await ended(failure) }
        }
    }

    private func speak(_ text: String) async -> String? {
        guard let voice else { return voiceFailure ?? "There is no voice." }
        do {
            for try await sound in voice.speak(text) {
                try Task.checkCancellation()
                try await call.play(sound.frame)
            }
            await call.drain()
            return nil
        } catch {
            return String(describing: error)
        }
    }

    /// Breaks off what is being said.
    func beQuiet() async {
        saying?.cancel()
        await call.flush()
        await saying?.value
        saying = nil
        await call.flush()
    }

    /// Says goodbye, and lets go of voice and ears.
    func leave(saying words: String?) async {
        await beQuiet()
        if let words, voice != nil {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await self.speak(words) }
                group.addTask { try? await Task.sleep(for: Self.longestFarewell) }
                await group.next()
                group.cancelAll()
                // Whoever waits for room in the queue goes on, and sees that it is over.
                if Task.isCancelled { await call.flush() }
            }
        }
        await ears?.close()
        await voice?.close()
    }
}
