internal import Agent
internal import FoundationEssentials
internal import TrunklineConfiguration

/// Makes the agent that a configuration asks for.
enum AgentMaking {
    /// An agent, and how many calls it can serve at once, when there is a limit.
    struct Made: Sendable {
        var agent: any CallAgent
        var capacity: Int?
    }

    /// - Throws: ``AgentMaking/Failure`` with what is missing or wrong.
    static func make(_ configuration: Configuration) async throws(Failure) -> Made {
        switch configuration.agent {
        case .echo:
            return Made(agent: EchoAgent())
        case .playback(let file):
            do {
                let clip = try SoundSource.read(path: HomePath.expand(file))
                return Made(agent: PlaybackAgent(name: file, clip: clip))
            } catch {
                throw Failure(sentence: "\(error)")
            }
        case .local:
            let flow = try readFlow(configuration.flow)
            var habits = ConversationConfiguration()
            habits.silencePrompt = configuration.conversation.silencePrompt
            habits.silenceHangUp = configuration.conversation.silenceHangUp
            habits.maximumDuration = configuration.calls.maximumDuration
            do throws(ProviderError) {
                let speech = try await LocalSpeech.load(
                    SpeechDirectory(path: HomePath.expand(configuration.speech.directory)),
                    threads: configuration.speech.threads)
                return Made(
                    agent: SpokenAgent(
                        hearing: speech.hearing, dialogue: FlowDialogue(flow), voice: speech.voice,
                        configuration: habits),
                    capacity: speech.capacity)
            } catch {
                throw Failure(sentence: "\(error) Without them: --agent echo.")
            }
        }
    }

    private static func readFlow(_ file: String?) throws(Failure) -> Flow {
        let name = file.map(HomePath.expand) ?? "the sample flow"
        let text: String
        if file == nil {
            text = String(decoding: PackageResources.receptionist_yaml, as: UTF8.self)
        } else {
            do {
                text = try String(contentsOfFile: name, encoding: .utf8)
            } catch {
                throw Failure(sentence: "The flow \(name) can't be read; name another one with flow: or --flow.")
            }
        }
        do throws(FlowErrors) {
            return try Flow(parsing: text, file: name)
        } catch {
            throw Failure(sentence: error.description)
        }
    }

    struct Failure: Error, CustomStringConvertible {
        var sentence: String
        var description: String { sentence }
    }
}

/// Paths in which `~` stands for the home folder.
enum HomePath {
    static func expand(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else {
            return path
        }
        return home + path.dropFirst()
    }
}
