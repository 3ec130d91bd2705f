internal import Agent
internal import FoundationEssentials
internal import RTPMedia
internal import TrunklineConfiguration

/// Makes the agent that a configuration asks for.
enum AgentMaking {
    /// An agent, and how many calls it can serve at once, when there is a limit.
    struct Made: Sendable {
        var agent: any CallAgent
        var capacity: Int?
        /// What whoever runs the program ought to know of it.
        var remarks: [String] = []
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
            let dialogue = FlowDialogue(try readFlow(configuration.flow))
            return try await spoken(configuration, dialogue, greeting: dialogue.flow.greeting)
        case .model:
            guard let service = configuration.model else { throw Failure(sentence: "agent: model needs model:.") }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            let dialogue = ModelDialogue(
                model: try making.model(service),
                configuration: ModelDialogueConfiguration(
                    instructions: configuration.instructions ?? usualInstructions, greeting: configuration.greeting,
                    maximumTokens: service.maximumTokens ?? 400),
                tools: try tools(configuration))
            return try await spoken(configuration, dialogue, greeting: configuration.greeting)
        case .realtime:
            guard let service = configuration.realtime else {
                throw Failure(sentence: "agent: realtime needs realtime:.")
            }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            func model(_ service: Configuration.Service) throws(Failure) -> any SpeechToSpeech {
                try making.realtime(
                    service, instructions: configuration.instructions ?? usualInstructions,
                    greeting: configuration.greeting, tools: try tools(configuration))
            }
            var fallbacks: [any SpeechToSpeech] = []
            for other in service.fallback { fallbacks.append(try model(other)) }
            let model = try model(service)
            let apology = try await ApologyMaking(configuration, making).make()
            return Made(
                agent: SpeechToSpeechAgent(
                    model, fallbacks: fallbacks, configuration: try habits(configuration), apology: apology.clip,
                    listensForCaller: true),
                remarks: [apology.remark])
        case .bot:
            guard let bot = configuration.bot else { throw Failure(sentence: "agent: bot needs bot:.") }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            // First what can be wrong at once.
            _ = try ServiceMaking.bot(bot, configuration, apology: nil)
            let apology = try await ApologyMaking(configuration, making).make()
            return Made(
                agent: try ServiceMaking.bot(bot, configuration, apology: apology.clip), remarks: [apology.remark])
        }
    }

    /// An agent that hears, thinks and speaks by parts of its own.
    private static func spoken(
        _ configuration: Configuration, _ dialogue: any Dialogue, greeting: String?
    ) async throws(Failure) -> Made {
        let loading = SpeechLoading(configuration.speech)
        let making = ServiceMaking(speech: loading)
        let habits = try habits(configuration)
        // What depends on the call can't be said before it.
        let known = ([greeting].compactMap { $0 } + habits.fillers + [habits.apology]).filter { !$0.contains("{") }
        let hearing = try await making.hearing(configuration.speechToText)
        let voice = try await making.voice(configuration.textToSpeech, preparing: known)
        return Made(
            agent: SpokenAgent(hearing: hearing, dialogue: dialogue, voice: voice, configuration: habits),
            capacity: await loading.capacity)
    }

    /// The habits of the conversation, with the sound that a file holds.
    private static func habits(_ configuration: Configuration) throws(Failure) -> ConversationConfiguration {
        var habits = ConversationConfiguration(configuration)
        switch configuration.conversation.waitingSound {
        case nil: break
        case .typing: habits.waitingSound = .typing
        case .file(let file):
            do {
                let clip = try SoundSource.read(path: HomePath.expand(file), longest: 60)
                // A shorter one would be a hum.
                guard clip.samples.count * 2 >= clip.sampleRate else {
                    throw SoundSource.Failure(
                        description:
                            "\(file) plays less than half a second, which is too short to be played over and over.")
                }
                habits.waitingSound = try WaitingSound(clip)
            } catch {
                throw Failure(sentence: "conversation.waiting_sound: \(error)")
            }
        }
        return habits
    }

    private static let usualInstructions =
        "You are a friendly assistant who answers the telephone. Be brief, and ask what you can do for the caller."

    private static func tools(_ configuration: Configuration) throws(Failure) -> [any Tool] {
        var tools: [any Tool] = [HangUpTool(), TakeNoteTool(), PressKeysTool()]
        if !configuration.transfers.isEmpty { tools.append(TransferTool(destinations: configuration.transfers)) }
        for tool in configuration.tools { tools.append(try ServiceMaking.tool(tool)) }
        return tools
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

extension ConversationConfiguration {
    init(_ configuration: Configuration) {
        self.init()
        let talk = configuration.conversation
        silencePrompt = talk.silencePrompt
        silenceHangUp = talk.silenceHangUp
        maximumDuration = configuration.calls.maximumDuration
        pauses.open = talk.pause
        pauses.finished = talk.pause / 2
        pauses.unfinished = talk.pause * 2
        pauses.longest = max(.milliseconds(2_500), talk.pause * 3)
        answerBudget = talk.answerBudget
        waitsForHello = talk.hello
        fillers = talk.fillers
        apology = talk.apology
        failureTransfer = talk.failureTransfer
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
