extension Configuration {
    /// Something that hears, thinks or speaks for the agent: which, and how it is reached.
    public struct Service: Sendable, Equatable {
        /// Who gives it.
        public var provider: ServiceName
        /// The model's name at the provider; `nil`: the provider's usual one.
        public var model: String?
        /// The voice's name at the provider.
        public var voice: String?
        /// The language as a tag such as `en`.
        public var language: String?
        /// Where it is, when not at its usual place.
        public var url: String?
        /// What proves who we are, out of the environment; `nil`: the provider's own variable, or none is needed.
        public var key: String?
        /// The variable of the environment that the key is in.
        public var keyVariable: String?
        /// The file that the key is in.
        public var keyFile: String?
        /// How freely a language model chooses its words, in hundredths.
        public var temperature: Int?
        /// How much a language model may say at once, in tokens.
        public var maximumTokens: Int?
        /// How much a language model thinks before it answers; `nil`: as much as it likes.
        public var reasoningEffort: ReasoningEffort?
        /// How long it may take to begin its answer before the fallback is asked as well.
        public var patience: Duration?
        /// Who is asked when this one fails or is late; has no fallback of its own.
        public var fallback: [Service] = []

        public init(provider: ServiceName) {
            self.provider = provider
        }
    }

    /// Who gives a service.
    public enum ServiceName: String, Sendable, CaseIterable {
        case local, openai, anthropic, compatible, ollama, deepgram, elevenlabs, cartesia, gemini
    }

    /// How much a language model thinks before it answers, as OpenAI's interface calls it.
    public enum ReasoningEffort: String, Sendable, CaseIterable {
        case none, minimal, low, medium, high, xhigh
    }

    /// A part of the agent that a service plays.
    enum ServiceRole: String, CaseIterable {
        case model
        case speechToText = "speech_to_text"
        case textToSpeech = "text_to_speech"
        case realtime

        var providers: [ServiceName] {
            switch self {
            case .model: [.openai, .anthropic, .compatible, .ollama]
            case .speechToText: [.local, .deepgram, .elevenlabs, .openai]
            case .textToSpeech: [.local, .elevenlabs, .cartesia, .deepgram, .openai]
            case .realtime: [.openai, .gemini]
            }
        }
    }

    /// A bot elsewhere that talks to the caller.
    public struct Bot: Sendable, Equatable {
        /// What is spoken with it.
        public var dialect: BotDialect
        /// Where it listens: `ws://`, `wss://`, for AudioSocket `tcp://`.
        public var url: String
    }

    /// A protocol that bots speak.
    public enum BotDialect: String, Sendable, CaseIterable {
        case twilio, telnyx, audiosocket
    }
}

extension Configuration.Service: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Provider and model; never the key.
    public var description: String { "Service(\(provider.rawValue) \(model ?? ""))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Provider and model; never the key, not even in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["provider": provider.rawValue, "model": model ?? ""]) }
}

extension Configuration {
    mutating func readServices(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        for role in ServiceRole.allCases {
            guard top.entries[role.rawValue] != nil else { continue }
            let section = reader.section(top, role.rawValue)
            guard let service = Self.service(section, as: role, with: &reader) else { continue }
            switch role {
            case .model: model = service
            case .speechToText: speechToText = service
            case .textToSpeech: textToSpeech = service
            case .realtime: realtime = service
            }
        }
        readBot(top, with: &reader)
    }

    private static func service(
        _ section: ConfigurationReader.Section, as role: ServiceRole, isFallback: Bool = false,
        with reader: inout ConfigurationReader
    ) -> Service? {
        guard section.entries["provider"] != nil else {
            if !section.entries.isEmpty {
                reader.note(
                    reader.line(of: section.path),
                    "\(section.path) has no provider; write one of "
                        + role.providers.map(\.rawValue).joined(separator: ", "))
            }
            return nil
        }
        var name: ServiceName?
        reader.read(section, "provider", into: &name) { (text: String) throws(InvalidValue) -> ServiceName? in
            let words = role.providers.map(\.rawValue)
            guard let name = ServiceName(rawValue: text), role.providers.contains(name) else {
                let near = Spelling.nearest(to: text, among: words).map { "did you mean \($0)? Else " } ?? ""
                throw InvalidValue("can't do this", fix: near + "write one of \(words.joined(separator: ", "))")
            }
            return name
        }
        guard let name else { return nil }
        var service = Service(provider: name)
        reader.read(section, "model", into: &service.model, using: ValueReading.text)
        reader.read(section, "voice", into: &service.voice, using: ValueReading.text)
        reader.read(section, "language", into: &service.language, using: ValueReading.text)
        reader.read(section, "url", into: &service.url, using: ValueReading.url)
        reader.read(section, "api_key_file", into: &service.keyFile, using: ValueReading.optionalPath)
        reader.read(section, "temperature", into: &service.temperature, using: ValueReading.temperature)
        reader.read(section, "max_tokens", into: &service.maximumTokens) {
            (text: String) throws(InvalidValue) -> Int? in
            try ValueReading.number(in: 1...100_000)(text)
        }
        reader.read(section, "patience", into: &service.patience) { (text: String) throws(InvalidValue) -> Duration? in
            try ValueReading.positiveDuration(text)
        }
        reader.read(section, "reasoning_effort", into: &service.reasoningEffort) {
            (text: String) throws(InvalidValue) -> ReasoningEffort? in
            try ValueReading.choice(ReasoningEffort.self)(text)
        }
        if service.provider == .anthropic, service.reasoningEffort != nil {
            reader.note(
                reader.line(of: section.path(of: "reasoning_effort")),
                "\(section.path).reasoning_effort is nothing that anthropic knows; delete the line: it is not asked to think"
            )
        }
        (service.keyVariable, service.key) = reader.readSecret(section, "api_key")
        if service.provider == .compatible, service.url == nil {
            reader.note(
                reader.line(of: section.path),
                "\(section.path) does not say where the service is; write its url such as http://127.0.0.1:8080/v1")
        }
        if let (line, node) = section.entries["fallback"], !isFallback {
            let inner = reader.section(
                node, line: line, path: section.path(of: "fallback"), schema: "\(role.rawValue).fallback")
            if let fallback = Self.service(inner, as: role, isFallback: true, with: &reader) {
                service.fallback = [fallback]
            }
        }
        return service
    }

    private mutating func readBot(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        guard top.entries["bot"] != nil else { return }
        let section = reader.section(top, "bot")
        var bot = Bot(dialect: .twilio, url: "")
        reader.read(section, "protocol", into: &bot.dialect, using: ValueReading.choice(BotDialect.self))
        reader.read(section, "url", into: &bot.url) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.url(text) ?? ""
        }
        if section.entries["protocol"] == nil || section.entries["url"] == nil {
            reader.note(
                reader.line(of: "bot"),
                "bot needs a protocol (twilio, telnyx or audiosocket) and the url where the bot listens")
        }
        self.bot = bot
    }
}

extension ValueReading {
    static func text(_ text: String) throws(InvalidValue) -> String? {
        guard !text.isEmpty else { throw InvalidValue("is empty", fix: "write something, or delete the line") }
        guard text.utf8.count <= 16_384, !text.utf8.contains(0) else {
            throw InvalidValue("is longer than 16 kB or holds a NUL", fix: "make it shorter")
        }
        return text
    }

    static func url(_ text: String) throws(InvalidValue) -> String? {
        let schemes = ["http", "https", "ws", "wss", "tcp"]
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, schemes.contains(parts[0].lowercased()), parts[1].hasPrefix("//"), parts[1].count > 2,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw InvalidValue("is no address of a service", fix: "begin with \(schemes.joined(separator: ", "))://")
        }
        return text
    }

    /// `0.7` as 70.
    static func temperature(_ text: String) throws(InvalidValue) -> Int? {
        guard let number = Double(text), (0...2).contains(number) else {
            throw InvalidValue("is no number from 0 to 2", fix: "write one such as 0.7")
        }
        return Int((number * 100).rounded())
    }

    /// Where a call may be put through to.
    static func destination(_ text: String) throws(InvalidValue) -> String {
        let isNumber =
            text.count >= 3 && text.dropFirst(text.hasPrefix("+") ? 1 : 0).allSatisfy { $0.isASCII && $0.isNumber }
        let isAddress = ["sip:", "sips:", "tel:"].contains { text.lowercased().hasPrefix($0) && text.count > $0.count }
        guard isNumber || isAddress, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InvalidValue(
                "can't be called",
                fix: "write a SIP address such as sip:desk@example.com or a number such as +15551234567")
        }
        // An address with header fields is an order for the call that it asks for.
        guard !text.contains(where: { "<>?\"\\{}".contains($0) }) else {
            throw InvalidValue(
                "has a sign that begins header fields or ends an address",
                fix: "write the address alone, such as sip:desk@example.com")
        }
        return text
    }
}

extension Configuration.AgentChoice {
    /// Whether it makes something of what the caller says, and so wants it clean.
    public var listens: Bool {
        switch self {
        case .local, .model, .realtime, .bot: true
        case .echo, .playback: false
        }
    }
}
