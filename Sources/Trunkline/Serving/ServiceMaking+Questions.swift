internal import Doctor
internal import Providers
internal import TrunklineConfiguration

/// Requests by which one sees whether a service is there and takes our key: each asks for a list, which costs nothing.
extension ServiceMaking {
    /// - Throws: ``AgentMaking/Failure`` when a key can't be found.
    static func questions(_ settings: Configuration) throws(AgentMaking.Failure) -> [ServiceQuestion] {
        let making = ServiceMaking(speech: SpeechLoading(settings.speech))
        var questions: [ServiceQuestion] = []
        for (subject, service) in services(settings) {
            if let question = try making.question(service, as: subject) { questions.append(question) }
            for fallback in service.fallback {
                if let question = try making.question(fallback, as: "\(subject).fallback") {
                    questions.append(question)
                }
            }
        }
        return questions
    }

    /// Those that the agent of the configuration uses.
    private static func services(_ settings: Configuration) -> [(String, Service)] {
        let ears: [(String, Service?)] = [
            ("speech_to_text", settings.speechToText), ("text_to_speech", settings.textToSpeech),
        ]
        let summaries: [(String, Service?)] = settings.record.isSummarised ? [("model", settings.model)] : []
        let all: [(String, Service?)] =
            switch settings.agent {
            case .local: ears + summaries
            case .model: [("model", settings.model)] + ears
            case .realtime: [("realtime", settings.realtime)] + summaries
            case .bot, .echo, .playback: summaries
            }
        return all.compactMap { subject, service in service.map { (subject, $0) } }
    }

    private func question(_ service: Service, as subject: String) throws(AgentMaking.Failure) -> ServiceQuestion? {
        let key =
            service.url == nil && service.provider != .ollama ? try key(of: service) : try optionalKey(of: service)
        func ask(_ url: String, _ field: String, prefix: String = "", more: [(String, String)] = []) -> ServiceQuestion
        {
            ServiceQuestion(
                subject: subject, name: service.provider.rawValue, url: url,
                headers: (key.map { [(field, prefix + $0.value)] } ?? []) + more,
                keyPlace: key.map { $0.place ?? "the configuration" })
        }
        func base(_ usual: String) -> String { Self.overHTTP(service.url ?? usual) }
        switch service.provider {
        case .local: return nil
        case .openai:
            return ask(base("https://api.openai.com/v1") + "/models", "authorization", prefix: "Bearer ")
        case .compatible, .ollama:
            return ask(base("http://127.0.0.1:11434/v1") + "/models", "authorization", prefix: "Bearer ")
        case .anthropic:
            return ask(
                base("https://api.anthropic.com") + "/v1/models", "x-api-key",
                more: [("anthropic-version", "2023-06-01")])
        case .deepgram:
            return ask(base("https://api.deepgram.com") + "/v1/projects", "authorization", prefix: "Token ")
        case .elevenlabs: return ask(base("https://api.elevenlabs.io") + "/v1/models", "xi-api-key")
        case .cartesia:
            return ask(
                base("https://api.cartesia.ai") + "/voices?limit=1", "x-api-key",
                more: [("cartesia-version", "2025-04-16")])
        case .gemini:
            return ask(
                base("https://generativelanguage.googleapis.com") + "/v1beta/models?pageSize=1", "x-goog-api-key")
        }
    }

    /// The same server over HTTP, without a slash at the end.
    private static func overHTTP(_ url: String) -> String {
        var url = url
        if url.hasPrefix("ws") { url = "http" + url.dropFirst(2) }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
