internal import Agent
internal import FoundationEssentials
internal import Logging
internal import Providers
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
        /// Servers whose tools it uses.
        var servers: [MCPServer] = []

        /// Ends what was begun for the agent.
        func close() async {
            for server in servers { await server.stop() }
        }
    }

    /// - Parameters:
    ///   - switches: with which a model pauses the recording of its call.
    /// - Throws: ``AgentMaking/Failure`` with what is missing or wrong.
    ///   - callbacks: where calls are promised, if they can be.
    static func make(
        _ configuration: Configuration, switches: RecordingSwitches, callbacks: CallbackDesk? = nil, logger: Logger
    ) async throws(Failure) -> Made {
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
            let dialogue = FlowDialogue(
                try readFlow(configuration.flow), transfers: configuration.transferDestinations)
            return try await spoken(configuration, dialogue, greeting: dialogue.flow.greeting)
        case .model:
            guard let service = configuration.model else { throw Failure(sentence: "agent: model needs model:.") }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            let servers = try ServiceMaking.mcpServers(configuration, logger)
            var settings = ModelDialogueConfiguration(
                instructions: configuration.instructions ?? usualInstructions, greeting: configuration.greeting,
                maximumTokens: service.maximumTokens ?? 400)
            settings.limits = CallLimits(configuration.limits)
            let dialogue = ModelDialogue(
                model: try making.model(service), configuration: settings,
                tools: try tools(configuration, switches, callbacks) + turnTools(configuration) + [HoldTool()],
                sources: servers,
                roles: try making.roles(configuration, service))
            var made = try await spoken(
                configuration, dialogue, greeting: configuration.greeting,
                voices: try await making.voices(configuration))
            made.servers = servers
            made.remarks += await ServiceMaking.start(servers)
            return made
        case .realtime:
            guard let service = configuration.realtime else {
                throw Failure(sentence: "agent: realtime needs realtime:.")
            }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            let servers = try ServiceMaking.mcpServers(configuration, logger)
            let remarks = await ServiceMaking.start(servers)
            // They are told to the model once for all calls.
            let tools = try tools(configuration, switches, callbacks) + servers.flatMap(\.tools)
            func model(_ service: Configuration.Service) throws(Failure) -> any SpeechToSpeech {
                try making.realtime(
                    service, instructions: configuration.instructions ?? usualInstructions,
                    greeting: configuration.greeting, tools: tools)
            }
            var fallbacks: [any SpeechToSpeech] = []
            for other in service.fallback { fallbacks.append(try model(other)) }
            let model = try model(service)
            let apology = try await ApologyMaking(configuration, making).make()
            let goodbye = try await ApologyMaking(configuration, making).makeGoodbye()
            return Made(
                agent: SpeechToSpeechAgent(
                    model, fallbacks: fallbacks, configuration: try habits(configuration), apology: apology.clip,
                    goodbye: goodbye.clip, listensForCaller: true),
                remarks: [apology.remark, goodbye.remark].compactMap { $0 } + remarks, servers: servers)
        case .bot:
            guard let bot = configuration.bot else { throw Failure(sentence: "agent: bot needs bot:.") }
            let making = ServiceMaking(speech: SpeechLoading(configuration.speech))
            // First what can be wrong at once.
            _ = try ServiceMaking.bot(bot, configuration, apology: nil, goodbye: nil)
            let apology = try await ApologyMaking(configuration, making).make()
            let goodbye = try await ApologyMaking(configuration, making).makeGoodbye()
            return Made(
                agent: try ServiceMaking.bot(bot, configuration, apology: apology.clip, goodbye: goodbye.clip),
                remarks: [apology.remark, goodbye.remark].compactMap { $0 })
        }
    }

    /// An agent that hears, thinks and speaks by parts of its own.
    private static func spoken(
        _ configuration: Configuration, _ dialogue: any Dialogue, greeting: String?,
        voices: [String: any TextToSpeech] = [:]
    ) async throws(Failure) -> Made {
        let loading = SpeechLoading(configuration.speech)
        let making = ServiceMaking(speech: loading)
        let habits = try habits(configuration)
        let limits = configuration.limits
        let goodbyes = limits.talkTime == nil && limits.cost == nil ? [] : [limits.goodbye]
        // What depends on the call can't be said before it.
        let known = ([greeting].compactMap { $0 } + habits.fillers + [habits.apology] + goodbyes).filter {
            !$0.contains("{")
        }
        let hearing = try await making.hearing(configuration.speechToText)
        let voice = try await making.voice(configuration.textToSpeech, preparing: known)
        return Made(
            agent: SpokenAgent(
                hearing: hearing, dialogue: dialogue, voice: voice, voices: voices, configuration: habits),
            capacity: await loading.capacity)
    }

    /// The habits of the conversation, with the sound that a file holds.
    private static func habits(_ configuration: Configuration) throws(Failure) -> ConversationConfiguration {
        var habits = ConversationConfiguration(configuration)
        if let file = configuration.conversation.holdMusic {
            do {
                habits.holdMusic = try WaitingSound(
                    SoundSource.read(path: HomePath.expand(file), shortest: 1, longest: 180))
            } catch {
                throw Failure(sentence: "conversation.hold_music: \(error)")
            }
        }
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

    static let usualInstructions =
        "You are a friendly assistant who answers the telephone. Be brief, and ask what you can do for the caller."

    private static func tools(
        _ configuration: Configuration, _ switches: RecordingSwitches, _ callbacks: CallbackDesk?
    ) throws(Failure) -> [any Tool] {
        var tools: [any Tool] = [HangUpTool(), TakeNoteTool(), PressKeysTool()]
        if !configuration.transfers.isEmpty {
            tools.append(TransferTool(destinations: configuration.transferDestinations))
        }
        if let knowledge = configuration.knowledge {
            tools.append(LookupTool(try ServiceMaking.knowledge(knowledge), results: knowledge.results))
        }
        if configuration.calls.recordings != nil { tools += [RecordingTool.pausing(switches), .resuming(switches)] }
        if let callbacks, !configuration.outbound.allow.isEmpty { tools.append(callbacks.tool) }
        for tool in configuration.tools {
            tools.append(try ServiceMaking.tool(tool, tellsTrace: configuration.tracing.url != nil))
        }
        return tools
    }

    /// Tools for agents that take turns by rules of ours: they ask, and take the answer, in place of the model.
    private static func turnTools(_ configuration: Configuration) -> [any Tool] {
        let digits = configuration.digits.map { kind in
            DigitCollection(
                name: kind.name, minimum: kind.minimum, maximum: kind.maximum, terminator: kind.terminator,
                firstTimeout: kind.firstTimeout, nextTimeout: kind.nextTimeout, retries: kind.retries,
                isSecret: kind.isSecret)
        }
        return [CaptureTool(), LeaveMessageTool()] + (digits.isEmpty ? [] : [CollectDigitsTool(digits)])
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

extension CallLimits {
    init(_ limits: Configuration.Limits) {
        self.init(toolCalls: limits.toolCalls, tokens: limits.tokens)
        goodbye = limits.goodbye
        transfer = limits.transfer
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
        answering = AnsweringPlan(configuration.outbound)
        fillers = talk.fillers
        apology = talk.apology
        failureTransfer = talk.failureTransfer
    }
}

extension AnsweringPlan {
    init(_ outbound: Configuration.Outbound) {
        self.init(
            onMachine: OnMachine(rawValue: outbound.onMachine.rawValue) ?? .carryOn, voicemail: outbound.voicemail,
            onScreening: outbound.onScreening)
    }
}
