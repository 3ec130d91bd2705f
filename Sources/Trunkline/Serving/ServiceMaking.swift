internal import Agent
internal import FoundationEssentials
internal import Providers
internal import RTPMedia
internal import TrunklineConfiguration
internal import WebSockets

/// Makes the services that a configuration names.
struct ServiceMaking: Sendable {
    typealias Service = Configuration.Service

    /// What loads the speech models of this machine; asked once at most.
    let speech: SpeechLoading

    // MARK: Language models

    func model(_ service: Service) throws(AgentMaking.Failure) -> any LanguageModel {
        let first = try singleModel(service)
        guard let other = service.fallback.first else { return first }
        return HedgedModel(first, try singleModel(other), after: service.patience ?? .seconds(2))
    }

    private func singleModel(_ service: Service) throws(AgentMaking.Failure) -> any LanguageModel {
        switch service.provider {
        case .anthropic:
            var configuration = AnthropicConfiguration(
                key: try key(of: service), model: try name(service.model, of: "model", service))
            if let url = service.url { configuration.url = url }
            configuration.temperature = service.temperature.map { Double($0) / 100 }
            return AnthropicModel(configuration)
        default:
            return ChatCompletionsModel(try chatCompletions(service))
        }
    }

    private func chatCompletions(_ service: Service) throws(AgentMaking.Failure) -> ChatCompletionsConfiguration {
        let model = try name(service.model, of: "model", service)
        var configuration: ChatCompletionsConfiguration
        switch service.provider {
        case .openai:
            configuration = .openAI(model: model, key: try key(of: service))
            if let url = service.url { configuration.url = url }
        case .ollama: configuration = .ollama(model: model, url: service.url ?? "http://127.0.0.1:11434/v1")
        default:
            configuration = .compatible(model: model, url: service.url ?? "", key: try optionalKey(of: service))
        }
        configuration.temperature = service.temperature.map { Double($0) / 100 }
        configuration.maximumTokens = service.maximumTokens
        if let effort = service.reasoningEffort {
            configuration.extraFields["reasoning_effort"] = .string(effort.rawValue)
        }
        return configuration
    }

    // MARK: Ears

    func hearing(_ service: Service?) async throws(AgentMaking.Failure) -> any SpeechToText {
        guard let service else { return try await localSpeech().hearing }
        let first = try await singleHearing(service)
        guard let other = service.fallback.first else { return first }
        return FallbackHearing(first, else: try await singleHearing(other))
    }

    private func singleHearing(_ service: Service) async throws(AgentMaking.Failure) -> any SpeechToText {
        switch service.provider {
        case .deepgram:
            var configuration = DeepgramConfiguration(
                key: try key(of: service), model: service.model ?? "nova-3", language: service.language)
            if let url = service.url { configuration.url = url }
            return MeteredHearing(DeepgramHearing(configuration))
        case .openai:
            var configuration = OpenAITranscriptionConfiguration(key: try keyOrServer(service))
            if let model = service.model { configuration.model = model }
            if let url = service.url { configuration.url = url }
            configuration.language = service.language
            return MeteredHearing(OpenAITranscription(configuration))
        case .elevenlabs:
            var configuration = ElevenLabsHearingConfiguration(key: try key(of: service), language: service.language)
            if let model = service.model { configuration.model = model }
            if let url = service.url { configuration.url = url }
            return MeteredHearing(ElevenLabsHearing(configuration))
        default: return try await localSpeech().hearing
        }
    }

    private func localSpeech() async throws(AgentMaking.Failure) -> LocalSpeech {
        do throws(ProviderError) {
            return try await speech.speech()
        } catch {
            throw AgentMaking.Failure(sentence: "\(error) Without them: --agent echo.")
        }
    }

    // MARK: Voices

    /// - Parameter texts: what is going to be said on every call.
    func voice(
        _ service: Service?, preparing texts: [String]
    ) async throws(AgentMaking.Failure) -> any TextToSpeech {
        let voice = try await voice(service)
        let memory = RememberedVoice(voice)
        do throws(ProviderError) {
            try await memory.prepare(
                texts,
                for: [
                    SpeechFormat(sampleRate: 8_000, companding: .muLaw),
                    SpeechFormat(sampleRate: 8_000, companding: .aLaw),
                ])
        } catch  where !error.mayPass {
            throw AgentMaking.Failure(sentence: "\(voice.name): \(error)")
        } catch {
            // A service that is busy now may speak when the first call comes.
        }
        return memory
    }

    func voice(_ service: Service?) async throws(AgentMaking.Failure) -> any TextToSpeech {
        guard let service else { return try await localSpeech().voice }
        let first = try await singleVoice(service)
        guard let other = service.fallback.first else { return first }
        return FallbackVoice(first, else: try await singleVoice(other))
    }

    private func singleVoice(_ service: Service) async throws(AgentMaking.Failure) -> any TextToSpeech {
        let voice: any TextToSpeech
        switch service.provider {
        case .elevenlabs:
            var configuration = ElevenLabsConfiguration(
                key: try key(of: service), voice: try name(service.voice, of: "voice", service))
            if let model = service.model { configuration.model = model }
            if let url = service.url { configuration.url = url }
            configuration.language = service.language
            voice = MeteredVoice(ElevenLabsVoice(configuration))
        case .cartesia:
            var configuration = CartesiaConfiguration(
                key: try key(of: service), voice: try name(service.voice, of: "voice", service))
            if let model = service.model { configuration.model = model }
            if let url = service.url { configuration.url = url }
            if let language = service.language { configuration.language = language }
            voice = MeteredVoice(CartesiaVoice(configuration))
        case .deepgram:
            var configuration = DeepgramVoiceConfiguration(key: try key(of: service))
            if let name = service.voice ?? service.model { configuration.voice = name }
            if let url = service.url { configuration.url = url }
            voice = MeteredVoice(DeepgramVoice(configuration))
        case .openai:
            var configuration = OpenAIVoiceConfiguration(key: try keyOrServer(service))
            if let model = service.model { configuration.model = model }
            if let name = service.voice { configuration.voice = name }
            if let url = service.url { configuration.url = url }
            voice = MeteredVoice(OpenAIVoice(configuration))
        default: return try await localSpeech().voice
        }
        // How numbers are read is known for English alone.
        return service.language.map { $0.hasPrefix("en") } ?? true ? NormalisingVoice(voice) : voice
    }

    // MARK: Models that hear and speak

    func realtime(
        _ service: Service, instructions: String, greeting: String?, tools: [any Tool]
    ) throws(AgentMaking.Failure) -> any SpeechToSpeech {
        if service.provider == .gemini {
            var configuration = GeminiConfiguration(url: try webSocket(service.url), key: try keyOrServer(service))
            if let model = service.model { configuration.model = model }
            if let voice = service.voice { configuration.voice = voice }
            if let language = service.language { configuration.language = language }
            configuration.instructions = instructions
            if let greeting { configuration.greeting = "Begin by saying this, word for word: \(greeting)" }
            configuration.tools = tools
            return GeminiLive(configuration)
        }
        var configuration = RealtimeConfiguration(url: try webSocket(service.url), key: try keyOrServer(service))
        if let model = service.model { configuration.model = model }
        if let voice = service.voice { configuration.voice = voice }
        configuration.language = service.language
        configuration.instructions = instructions
        configuration.greeting = greeting.map { "Begin by saying this, word for word: \($0)" }
        configuration.tools = tools
        return OpenAIRealtime(configuration)
    }

    // MARK: Bots

    static func bot(
        _ bot: Configuration.Bot, _ configuration: Configuration, apology: AudioClip?, goodbye: AudioClip?
    ) throws(AgentMaking.Failure) -> any CallAgent {
        if bot.dialect == .audiosocket {
            let place = bot.url.hasPrefix("tcp://") ? bot.url.dropFirst(6).prefix { $0 != "/" } : ""
            let colon = place.lastIndex(of: ":") ?? place.endIndex
            let host = place[..<colon].filter { $0 != "[" && $0 != "]" }
            guard !host.isEmpty, let port = UInt16(place[colon...].dropFirst()), port > 0 else {
                throw AgentMaking.Failure(sentence: "bot.url: write it like tcp://127.0.0.1:9092 for audiosocket.")
            }
            var agent = AudioSocketBot(host: String(host), port: Int(port))
            agent.maximumDuration = configuration.calls.maximumDuration
            agent.apology = apology
            agent.goodbye = goodbye
            agent.failureTransfer = configuration.conversation.failureTransfer
            return agent
        }
        guard let url = WebSocketURL(bot.url) else {
            throw AgentMaking.Failure(
                sentence: "bot.url: \(bot.url) is no address of a WebSocket; begin it with ws:// or wss://.")
        }
        var agent = MediaStreamBot(bot.dialect == .telnyx ? .telnyx : .twilio, url: url)
        agent.maximumDuration = configuration.calls.maximumDuration
        agent.apology = apology
        agent.goodbye = goodbye
        agent.failureTransfer = configuration.conversation.failureTransfer
        return agent
    }

    private func webSocket(_ url: String?) throws(AgentMaking.Failure) -> WebSocketURL? {
        guard let url else { return nil }
        guard let url = WebSocketURL(url) else {
            throw AgentMaking.Failure(sentence: "\(url) is no address of a WebSocket; begin it with wss:// or ws://.")
        }
        return url
    }

    // MARK: Keys

    /// A server of one's own may want no key.
    private func keyOrServer(_ service: Service) throws(AgentMaking.Failure) -> Secret? {
        service.url == nil ? try key(of: service) : try optionalKey(of: service)
    }

    private func name(_ name: String?, of what: String, _ service: Service) throws(AgentMaking.Failure) -> String {
        guard let name else {
            throw AgentMaking.Failure(sentence: "\(service.provider.rawValue) needs a \(what): \(what): NAME.")
        }
        return name
    }

    func key(of service: Service) throws(AgentMaking.Failure) -> Secret {
        if let key = try optionalKey(of: service) { return key }
        let variable = Self.variables[service.provider] ?? "a variable"
        throw AgentMaking.Failure(
            sentence: "\(service.provider.rawValue) needs a key: export \(variable)=…, or write api_key_file: FILE.")
    }

    func optionalKey(of service: Service) throws(AgentMaking.Failure) -> Secret? {
        if let key = service.key { return Secret(key, from: service.keyVariable.map { "the variable \($0)" }) }
        if let file = service.keyFile.map(HomePath.expand) {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8), !Secret(text).value.isEmpty else {
                throw AgentMaking.Failure(
                    sentence: "The key file \(file) can't be read or is empty; put the key into it.")
            }
            return Secret(text, from: "the file \(file)")
        }
        guard let name = Self.variables[service.provider], let value = ProcessInfo.processInfo.environment[name],
            !value.isEmpty
        else { return nil }
        return Secret(value, from: "the variable \(name)")
    }

    private static let variables: [Configuration.ServiceName: String] = [
        .openai: "OPENAI_API_KEY", .anthropic: "ANTHROPIC_API_KEY", .deepgram: "DEEPGRAM_API_KEY",
        .elevenlabs: "ELEVENLABS_API_KEY", .cartesia: "CARTESIA_API_KEY", .gemini: "GEMINI_API_KEY",
    ]
}

/// Loads the speech models of this machine when the first part needs them.
actor SpeechLoading {
    private let configuration: Configuration.Speech
    private var loaded: LocalSpeech?

    init(_ configuration: Configuration.Speech) {
        self.configuration = configuration
    }

    func speech() async throws(ProviderError) -> LocalSpeech {
        if let loaded { return loaded }
        let speech = try await LocalSpeech.load(
            SpeechDirectory(path: HomePath.expand(configuration.directory)), threads: configuration.threads)
        loaded = speech
        return speech
    }

    /// How many calls the models can serve; `nil` when they are not in use.
    var capacity: Int? { loaded?.capacity }
}
