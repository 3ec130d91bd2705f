public import WebSockets

/// A bot that speaks Twilio's or Telnyx's media streaming, and looks closely at what the carrier does. A test says what
/// it says.
public actor MediaStreamBotDouble {
    public enum Dialect: Sendable {
        case twilio, telnyx
    }

    private let dialect: Dialect
    private var listener: WebSocketListener?
    private var connection: WebSocketConnection?
    private var stream: String?
    private var hasConnected = false
    private var sequence = 0
    private var chunk = 0

    /// What the carrier did that no carrier does.
    public private(set) var violations: [ProtocolViolation] = []
    /// The caller's sound as it came.
    public private(set) var heard: [UInt8] = []
    public private(set) var digits = ""
    /// Marks that were echoed.
    public private(set) var marks: [String] = []
    /// The `start` message.
    public private(set) var start: String?
    public private(set) var hasStopped = false
    /// Whether all that is heard is sent back at once.
    private var echoes = false

    private init(_ dialect: Dialect) { self.dialect = dialect }

    /// Begins to listen on a port of this machine.
    public static func start(_ dialect: Dialect) async throws -> MediaStreamBotDouble {
        let double = MediaStreamBotDouble(dialect)
        var limits = WebSocketLimits()
        limits.maximumUnsentOctets = 16_000_000
        let listener = try await WebSocketListener.bind(limits: limits) { _, connection in
            await double.serve(connection)
        }
        await double.keep(listener)
        return double
    }

    private func keep(_ listener: WebSocketListener) { self.listener = listener }

    public func stop() async { await listener?.close() }

    public var url: WebSocketURL? { WebSocketURL("ws://127.0.0.1:\(listener?.port ?? 0)/ws") }

    // MARK: The script

    public func echo() { echoes = true }

    /// Says so many octets of G.711.
    public func say(_ octets: [UInt8]) {
        tell(["event": "media", "media": ["payload": .base64(octets)]])
    }

    public func mark(_ name: String) { tell(["event": "mark", "mark": ["name": .text(name)]]) }
    public func clear() { tell(["event": "clear"]) }
    public func send(raw text: String) { try? connection?.send(text: text) }
    public func leave() async { await connection?.close() }
    public func fall() async { await connection?.abort() }

    private func tell(_ message: [String: BodyJSON]) {
        var message = message
        if dialect == .twilio, let stream { message["streamSid"] = .text(stream) }
        try? connection?.send(text: BodyJSON.members(message).line)
    }

    // MARK: Serving

    private func serve(_ connection: WebSocketConnection) async {
        self.connection = connection
        do {
            for try await message in connection.messages {
                guard message.kind == .text, let value = BodyJSON(message.octets) else {
                    violate("a message is no JSON text")
                    continue
                }
                receive(value, message.text ?? "")
            }
        } catch {}
    }

    private func violate(_ text: String) { violations.append(ProtocolViolation(text)) }

    private func receive(_ value: BodyJSON, _ text: String) {
        let event = value["event"]?.text ?? ""
        if hasStopped { violate("\(event) after stop") }
        if event == "connected" {
            if hasConnected { violate("connected twice") }
            hasConnected = true
            if dialect == .twilio, value["protocol"]?.text != "Call" { violate("connected without its protocol") }
            return
        }
        guard hasConnected else { return violate("\(event) before connected") }
        checkNumber(value, event)
        switch event {
        case "start": started(value, text)
        case "media": media(value)
        case "dtmf":
            guard let digit = value["dtmf"]?["digit"]?.text else { return violate("dtmf without a digit") }
            digits += digit
        case "mark":
            guard let name = value["mark"]?["name"]?.text else { return violate("mark without a name") }
            marks.append(name)
        case "stop":
            if value["stop"]?.members == nil { violate("stop says nothing") }
            hasStopped = true
        default: violate("unknown event \(event)")
        }
    }

    private func checkNumber(_ value: BodyJSON, _ event: String) {
        let (number, name) = dialect == .twilio ? ("sequenceNumber", "streamSid") : ("sequence_number", "stream_id")
        sequence += 1
        if value[number]?.text != "\(sequence)" { violate("\(event): \(number) is not \"\(sequence)\"") }
        guard let stream = value[name]?.text else { return violate("\(event) without \(name)") }
        if let known = self.stream, known != stream { violate("\(event): another \(name)") }
        if event == "start" { self.stream = stream } else if self.stream == nil { violate("\(event) before start") }
    }

    private func started(_ value: BodyJSON, _ text: String) {
        if start != nil { violate("start twice") }
        start = text
        let body = value["start"]
        switch dialect {
        case .twilio:
            for name in ["streamSid", "accountSid", "callSid"] where body?[name]?.text == nil {
                violate("start without \(name)")
            }
            let format = body?["mediaFormat"]
            if format?["encoding"]?.text != "audio/x-mulaw" || format?["sampleRate"]?.number != 8_000
                || format?["channels"]?.number != 1
            {
                violate("start with a wrong mediaFormat")
            }
            if body?["customParameters"]?.members == nil { violate("start without customParameters") }
        case .telnyx:
            for name in ["call_control_id", "from", "to"] where body?[name]?.text == nil {
                violate("start without \(name)")
            }
            let format = body?["media_format"]
            if !["PCMU", "PCMA"].contains(format?["encoding"]?.text) || format?["sample_rate"]?.number != 8_000 {
                violate("start with a wrong media_format")
            }
        }
    }

    private func media(_ value: BodyJSON) {
        let body = value["media"]
        chunk += 1
        if body?["track"]?.text != "inbound" { violate("media of another track") }
        if body?["chunk"]?.text != "\(chunk)" { violate("media: chunk is not \"\(chunk)\"") }
        if body?["timestamp"]?.text != "\(heard.count / 8)" {
            violate("media: timestamp is not \"\(heard.count / 8)\"")
        }
        guard let octets = body?["payload"]?.base64Octets, !octets.isEmpty else {
            return violate("media without sound")
        }
        heard += octets
        if echoes { say(octets) }
    }
}
