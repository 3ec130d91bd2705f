internal import Agent
internal import FoundationEssentials
internal import Providers
internal import TrunklineConfiguration

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
        return configuration
    }

    // MARK: Keys

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

    private func optionalKey(of service: Service) throws(AgentMaking.Failure) -> Secret? {
        if let key = service.key { return Secret(key) }
        if let file = service.keyFile.map(HomePath.expand) {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8), !Secret(text).value.isEmpty else {
                throw AgentMaking.Failure(sentence: "The key file \(file) can't be read or is empty; put the key into it.")
            }
            return Secret(text)
        }
        let names = [Self.variables[service.provider]].compactMap { $0 }
        return names.lazy.compactMap { ProcessInfo.processInfo.environment[$0] }.first { !$0.isEmpty }.map { Secret($0) }
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
