public import WebSockets

/// A stand-in for Gemini Live, as strict as the service. It hears nothing: a test says what the caller says, and what is
/// answered.
public actor GeminiLiveDouble {
    private final class Session {
        let connection: WebSocketConnection
        var isSetUp = false
        var calls: Set<String> = []

        init(_ connection: WebSocketConnection) {
            self.connection = connection
        }
    }

    private static let setupKeys: Set<String> = [
        "model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig", "inputAudioTranscription",
        "outputAudioTranscription", "sessionResumption", "contextWindowCompression", "historyConfig", "proactivity",
    ]
    private static let messageKeys: Set<String> = [
        "setup", "realtimeInput", "clientContent", "toolResponse", "contextUpdate",
    ]

    private let key: String
    private let model: String
    /// JSON comes in binary frames, as it may.
    private let isBinary: Bool
    private var listener: WebSocketListener?
    private var session: Session?
    private var answersSetup = true

    /// What a client did that the service refuses.
    public private(set) var violations: [ProtocolViolation] = []
    /// The client's messages but for the caller's sound, as JSON.
    public private(set) var messages: [String] = []
    /// The caller's sound, as it came.
    public private(set) var heard: [UInt8] = []
    public private(set) var connections = 0
    /// The handles by which sessions were taken up.
    public private(set) var handles: [String] = []

    private init(key: String, model: String, isBinary: Bool) {
        self.key = key
        self.model = model
        self.isBinary = isBinary
    }

    /// Begins to listen on a port of this machine.
    public static func start(
        key: String = "test-key", model: String = "models/gemini-3.8-live", isBinary: Bool = true
    ) async throws -> GeminiLiveDouble {
        let double = GeminiLiveDouble(key: key, model: model, isBinary: isBinary)
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 20_000_000
        limits.maximumUnsentOctets = 64_000_000
        let listener = try await WebSocketListener.bind(
            limits: limits,
            admission: { opening in
                opening.headers.first("x-goog-api-key") == key
                    ? nil : WebSocketAnswer(status: 403, body: Array("API key not valid.".utf8))
            },
            serve: { _, connection in await double.serve(connection) })
        await double.keep(listener)
        return double
    }

    private func keep(_ listener: WebSocketListener) { self.listener = listener }

    public func stop() async { await listener?.close() }

    public var url: WebSocketURL? {
        WebSocketURL(
            "ws://127.0.0.1:\(listener?.port ?? 0)/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
        )
    }

    // MARK: The script

    /// Does not answer what it is set up with.
    public func ignoreSetup() { answersSetup = false }

    /// A piece of the model's turn: sound and words; `ends` with the end of it in the same message.
    public func say(_ words: String, sound octets: [UInt8], ends: Bool = true) {
        var content: [String: BodyJSON] = [
            "modelTurn": [
                "parts": [["inlineData": ["mimeType": "audio/pcm;rate=24000", "data": .base64(octets)]]]
            ],
            "outputTranscription": ["text": .text(words)],
        ]
        if ends {
            content["generationComplete"] = true
            content["turnComplete"] = true
        }
        tell([
            "serverContent": .members(content),
            "usageMetadata": ["promptTokenCount": 11, "responseTokenCount": 7, "totalTokenCount": 18],
        ])
    }

    /// The turn is over, or only pauses.
    public func endTurn(isPause: Bool = false) {
        tell([
            "serverContent": [
                "turnComplete": true, "interactionStatus": .text(isPause ? "IN_PROGRESS" : "IDLE"),
            ]
        ])
    }

    /// The caller spoke over the model.
    public func interrupt() {
        tell(["serverContent": ["interrupted": true]])
        tell(["serverContent": ["turnComplete": true]])
    }

    /// Pieces of the caller's words.
    public func transcribe(_ pieces: String...) {
        for piece in pieces { tell(["serverContent": ["inputTranscription": ["text": .text(piece)]]]) }
    }

    public func call(_ functions: (id: String, name: String, arguments: [String: Int])...) {
        session?.calls.formUnion(functions.map(\.id))
        tell([
            "toolCall": [
                "functionCalls": .list(
                    functions.map { function in
                        [
                            "id": .text(function.id), "name": .text(function.name),
                            "args": .members(function.arguments.mapValues { .number(Double($0)) }),
                        ]
                    })
            ]
        ])
    }

    public func cancelCalls(_ ids: String...) {
        for id in ids { session?.calls.remove(id) }
        tell(["toolCallCancellation": ["ids": .list(ids.map { .text($0) })]])
    }

    public func offer(handle: String, resumable: Bool = true) {
        tell(["sessionResumptionUpdate": ["newHandle": .text(handle), "resumable": .flag(resumable)]])
    }

    public func goAway() { tell(["goAway": ["timeLeft": "9.5s"]]) }

    public func close(code: UInt16, reason: String) async {
        await session?.connection.close(code: WebSocketCloseCode(rawValue: code), reason: reason)
    }

    public func send(raw text: String) { try? session?.connection.send(text: text) }

    private func tell(_ message: BodyJSON) {
        if isBinary {
            try? session?.connection.send(binary: message.octets)
        } else {
            try? session?.connection.send(text: message.line)
        }
    }

    // MARK: Serving

    private func serve(_ connection: WebSocketConnection) async {
        let session = Session(connection)
        self.session = session
        connections += 1
        do {
            for try await message in connection.messages {
                guard let text = message.text, let value = BodyJSON(message.octets), let members = value.members
                else {
                    await refuse(session, "the message is no JSON object")
                    continue
                }
                if let problem = check(members, value, session) {
                    await refuse(session, problem)
                    continue
                }
                if value["realtimeInput"]?["audio"] == nil { messages.append(text) }
            }
        } catch {}
    }

    private func refuse(_ session: Session, _ text: String) async {
        violations.append(ProtocolViolation(text))
        await session.connection.close(code: .invalidText, reason: text)
    }

    private func check(_ members: [String: BodyJSON], _ value: BodyJSON, _ session: Session) -> String? {
        guard members.count == 1, let kind = members.keys.first, Self.messageKeys.contains(kind) else {
            return "a message has one of \(Self.messageKeys.sorted()), and only one"
        }
        guard kind == "setup" || session.isSetUp else { return "\(kind) before setup was complete" }
        switch kind {
        case "setup": return setUp(value["setup"], session)
        case "realtimeInput":
            if value[kind]?["activityStart"] != nil || value[kind]?["activityEnd"] != nil {
                return "Explicit activity control is not supported when automatic activity detection is enabled."
            }
            guard let audio = value[kind]?["audio"] else { return nil }
            guard audio["mimeType"]?.text?.hasPrefix("audio/pcm;rate=") == true,
                let octets = audio["data"]?.base64Octets
            else { return "audio without its format" }
            heard += octets
        case "clientContent":
            for turn in value[kind]?["turns"]?.list ?? [] {
                guard ["user", "model"].contains(turn["role"]?.text), turn["parts"]?.list?.isEmpty == false else {
                    return "a turn without a role or parts"
                }
            }
        case "toolResponse":
            for response in value[kind]?["functionResponses"]?.list ?? [] {
                guard let id = response["id"]?.text, session.calls.remove(id) != nil,
                    response["name"]?.text != nil, response["response"]?.members != nil
                else { return "a response to no call" }
            }
        default: break
        }
        return nil
    }

    private func setUp(_ setup: BodyJSON?, _ session: Session) -> String? {
        if session.isSetUp { return "setup twice" }
        guard let members = setup?.members else { return "setup is no object" }
        if let unknown = members.keys.first(where: { !Self.setupKeys.contains($0) }) {
            return "Unknown name \"\(unknown)\" at 'setup': Cannot find field."
        }
        guard setup?["model"]?.text == model else { return "\(setup?["model"]?.text ?? "?") is not found" }
        guard setup?["generationConfig"]?["responseModalities"]?.list == ["AUDIO"] else {
            return "responseModalities are wrong"
        }
        for tool in setup?["tools"]?.list ?? [] {
            for declaration in tool["functionDeclarations"]?.list ?? [] where declaration["name"]?.text == nil {
                return "a function without a name"
            }
        }
        if let handle = setup?["sessionResumption"]?["handle"]?.text {
            handles.append(handle)
            if handle == "stale" { return "the handle is not valid" }
        }
        session.isSetUp = true
        if answersSetup { tell(["setupComplete": [:]]) }
        return nil
    }
}
