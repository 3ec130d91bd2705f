internal import Agent
internal import RTPMedia
internal import TrunklineConfiguration

/// Makes the last words of agents that have no voice of their own, once for all calls.
struct ApologyMaking: Sendable {
    struct Apology: Sendable {
        /// `nil` when there is no voice for it.
        var clip: AudioClip?
        /// What became of it, for the log; `nil` when it is not needed.
        var remark: String?
    }

    /// Good enough for every call, and quickly converted to what each wants.
    private static let sampleRate = 16_000
    /// No apology is longer.
    private static let longest = 60

    private let configuration: Configuration
    private let making: ServiceMaking

    init(_ configuration: Configuration, _ making: ServiceMaking) {
        self.configuration = configuration
        self.making = making
    }

    /// Asks the voice that is configured, else the one on this machine. A voice that is not there now is no reason not to
    /// start; one that can't ever be used is.
    func make() async throws(AgentMaking.Failure) -> Apology {
        let isPutThrough = configuration.conversation.failureTransfer != nil
        return try await make(
            configuration.conversation.apology, "the apology", when: "the agent is lost", isPutThrough: isPutThrough)
    }

    /// The goodbye of calls whose minutes or money are used up; nothing where these are not limited.
    func makeGoodbye() async throws(AgentMaking.Failure) -> Apology {
        let limits = configuration.limits
        guard limits.talkTime != nil || limits.cost != nil else { return Apology() }
        return try await make(
            limits.goodbye, "the goodbye", when: "a limit is reached", isPutThrough: limits.transfer != nil)
    }

    private func make(
        _ text: String, _ words: String, when occasion: String, isPutThrough: Bool
    ) async throws(AgentMaking.Failure) -> Apology {
        let follows = isPutThrough ? "they are put through" : "the call ends"
        func without(_ reason: String) -> Apology {
            Apology(
                remark: "When \(occasion), callers hear no \(words.dropFirst(4)) before \(follows), since \(reason)")
        }
        if configuration.textToSpeech == nil {
            do throws(ProviderError) {
                try SpeechDirectory(path: HomePath.expand(configuration.speech.directory)).check()
            } catch {
                return without("there is no voice: name one with text_to_speech:, or run scripts/install-speech.sh.")
            }
        }
        let voice = try await making.voice(configuration.textToSpeech)
        do {
            let clip = try await speak(text, with: voice)
            return Apology(clip: clip, remark: "When \(occasion), callers hear \(words); \(voice.name) made it.")
        } catch let error as ProviderError where !error.mayPass {
            throw AgentMaking.Failure(sentence: "\(voice.name): \(error)")
        } catch {
            return without("\(voice.name) could not make it: \(error)")
        }
    }

    private func speak(_ text: String, with voice: any TextToSpeech) async throws -> AudioClip {
        let session = try await voice.makeSession(SpeechFormat(sampleRate: Self.sampleRate))
        var samples: [Int16] = []
        do {
            for try await sound in session.speak(text) where samples.count < Self.longest * Self.sampleRate {
                samples += sound.frame.samples
            }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return AudioClip(samples: samples, sampleRate: Self.sampleRate)
    }
}
