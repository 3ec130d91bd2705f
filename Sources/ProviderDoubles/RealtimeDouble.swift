internal import FoundationEssentials
public import WebSockets

/// A stand-in for OpenAI's Realtime interface, as strict as the service: what that refuses is refused, and written down
/// in ``violations``. It hears nothing: a test says when the caller speaks, and what is answered.
public actor RealtimeDouble {
    /// What the model does when it is its turn.
    public struct Answer: Sendable {
        public enum Ending: Sendable {
            case completed
            /// The response fails with this code.
            case failed(code: String)
            /// No `response.done` comes before ``RealtimeDouble/finishAnswer()``.
            case held
            /// Not even `response.created` comes.
            case silence
        }

        /// The pieces in which the sound comes, in the format that was agreed on.
        public var sound: [[UInt8]]
        public var transcript: String
        /// Functions that it calls: names and arguments.
        public var calls: [(name: String, arguments: String)]
        public var ending: Ending
        /// Pieces of sound that still come after a cancellation.
        public var lateSound: [[UInt8]] = []
        /// Some servers never say that a response has begun.
        public var skipsCreated = false
        public var ratesFirst = false

        public init(
            _ transcript: String = "Yes.", sound: [[UInt8]] = [],
            calls: [(name: String, arguments: String)] = [], ending: Ending = .completed
        ) {
            self.transcript = transcript
            self.sound = sound
            self.calls = calls
            self.ending = ending
        }
    }

    /// One connection.
    final class Session {
        let connection: WebSocketConnection
        var rules = RealtimeRules()
        var active: (id: String, item: String, answer: Answer)?
        var isOpen = true

        init(_ connection: WebSocketConnection) {
            self.connection = connection
        }
    }

    private let key: String
    private let models: Set<String>
    private var listener: WebSocketListener?
    private var sessions: [Session] = []
    private var answers: [Answer] = []
    private var number = 0
    /// Whether names of the interface before it was general are used.
    private let speaksBeta: Bool

    /// What a client did that the service refuses.
    public private(set) var violations: [ProtocolViolation] = []
    /// The client's events but for the caller's sound, as JSON.
    public private(set) var events: [String] = []
    /// The caller's sound on the last connection, as it came.
    public private(set) var heard: [UInt8] = []
    /// Connections that there have been.
    public private(set) var connections = 0

    private init(key: String, models: Set<String>, speaksBeta: Bool) {
        self.key = key
        self.models = models
        self.speaksBeta = speaksBeta
    }

    /// Begins to listen on a port of this machine.
    public static func start(
        key: String = "test-key", models: Set<String> = ["gpt-realtime-2.1"], speaksBeta: Bool = false
    ) async throws -> RealtimeDouble {
        let double = RealtimeDouble(key: key, models: models, speaksBeta: speaksBeta)
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 20_000_000
        limits.maximumUnsentOctets = 64_000_000
        let listener = try await WebSocketListener.bind(limits: limits) { opening, connection in
            await double.serve(opening, connection)
        }
        await double.keep(listener)
        return double
    }

    private func keep(_ listener: WebSocketListener) { self.listener = listener }

    public func stop() async { await listener?.close() }

    public var url: WebSocketURL? { WebSocketURL("ws://127.0.0.1:\(listener?.port ?? 0)/v1/realtime") }

    // MARK: The script

    /// What is done at the next turns of the model, in order.
    public func answer(_ answers: Answer...) { self.answers += answers }

    /// The caller begins to speak: what is being answered is cancelled.
    public func callerStarts() {
        guard let session = sessions.last else { return }
        tell(
            session,
            [
                "type": "input_audio_buffer.speech_started", "item_id": .text(name("item")),
                "audio_start_ms": 100,
            ])
        if session.active != nil { finish(session, status: "cancelled", reason: "turn_detected") }
    }

    /// The caller has stopped: the model answers. Their words come before the answer, after it, or not at all.
    public func callerStops(_ words: String?, wordsComeLate: Bool = false, answers: Bool = true) {
        guard let session = sessions.last else { return }
        let item = name("item")
        tell(session, ["type": "input_audio_buffer.speech_stopped", "item_id": .text(item), "audio_end_ms": 900])
        tell(session, ["type": "input_audio_buffer.committed", "item_id": .text(item), "previous_item_id": nil])
        session.rules.items[item] = .user
        let transcribed: BodyJSON? = words.map {
            [
                "type": "conversation.item.input_audio_transcription.completed", "item_id": .text(item),
                "content_index": 0, "transcript": .text($0), "usage": ["type": "duration", "seconds": 1],
            ]
        }
        if let transcribed, !wordsComeLate { tell(session, transcribed) }
        if answers { respond(session) }
        if let transcribed, wordsComeLate { tell(session, transcribed) }
    }

    /// Ends an answer that is held.
    public func finishAnswer() {
        guard let session = sessions.last else { return }
        finish(session, status: "completed", reason: nil)
    }

    /// More sound of an answer that is held.
    public func sound(_ octets: [UInt8]) {
        guard let session = sessions.last, let active = session.active else { return }
        tell(session, delta(active.id, active.item, octets))
        session.rules.add(sound: octets.count, to: active.item)
    }

    /// An hour is over.
    public func expire() async {
        guard let session = sessions.last else { return }
        let text = "Your session hit the maximum duration of 60 minutes."
        tell(
            session,
            [
                "type": "error",
                "error": ["type": "invalid_request_error", "code": "session_expired", "message": .text(text)],
            ]
        )
        await close(session, code: 1_001, reason: text)
    }

    /// The connection breaks.
    public func cut() async {
        guard let session = sessions.last else { return }
        session.isOpen = false
        await session.connection.abort()
    }

    /// Sends any text.
    public func send(raw text: String) {
        guard let session = sessions.last else { return }
        try? session.connection.send(text: text)
    }

    // MARK: Serving

    private func serve(_ opening: WebSocketOpening, _ connection: WebSocketConnection) async {
        let session = Session(connection)
        sessions.append(session)
        connections += 1
        heard = []
        if let (code, kind) = refusal(opening) {
            refuse(session, kind, "The connection is refused: \(kind).", event: nil)
            await close(session, code: code, reason: "invalid_request_error.\(kind)")
            return
        }
        tell(
            session,
            [
                "type": "session.created",
                "session": ["id": .text(name("sess")), "object": "realtime.session", "expires_at": 1_790_000_000],
            ])
        do {
            for try await message in connection.messages {
                guard message.kind == .text, let text = message.text else {
                    refuse(
                        session, "invalid_event",
                        "Expected a text WebSocket message; binary frames are not supported.", event: nil)
                    continue
                }
                receive(text, session)
            }
        } catch {}
        session.isOpen = false
    }

    private func refusal(_ opening: WebSocketOpening) -> (code: UInt16, kind: String)? {
        if opening.path != "/v1/realtime" { violations.append(ProtocolViolation("wrong path \(opening.path)")) }
        if opening.headers.first("OpenAI-Beta") != nil { return (4_000, "beta_api_shape_disabled") }
        guard opening.headers.first("Authorization") == "Bearer \(key)" else { return (3_000, "invalid_api_key") }
        let models = opening.query.split(separator: "&").filter { $0.hasPrefix("model=") }.map { $0.dropFirst(6) }
        guard let model = models.first else { return (4_000, "missing_model") }
        return self.models.contains(String(model)) ? nil : (4_000, "invalid_model")
    }

    private func receive(_ text: String, _ session: Session) {
        guard let event = BodyJSON(Array(text.utf8)) else {
            return refuse(session, "invalid_json", "The event is not JSON.", event: nil)
        }
        let id = event["event_id"]?.text
        if event["type"]?.text != "input_audio_buffer.append" { events.append(text) }
        switch session.rules.check(event, isResponding: session.active != nil) {
        case .refused(let refusal):
            refuse(session, refusal.code, refusal.message, event: id, isHarmless: refusal.isHarmless)
        case .heard(let octets): heard += octets
        case .updated:
            tell(session, ["type": "session.updated", "session": event["session"] ?? [:]])
        case .created(let item):
            let kind = speaksBeta ? "conversation.item.created" : "conversation.item.added"
            tell(session, ["type": .text(kind), "item": event["item"] ?? [:]])
            if !speaksBeta { tell(session, ["type": "conversation.item.done", "item": ["id": .text(item)]]) }
        case .changed(let item):
            tell(
                session,
                ["type": .text((event["type"]?.text ?? "") + "d"), "item_id": .text(item)])
        case .respond: respond(session)
        case .cancel: finish(session, status: "cancelled", reason: "client_cancelled")
        case .nothing: break
        }
    }

    // MARK: Answering

    private func respond(_ session: Session) {
        let answer = answers.isEmpty ? Answer() : answers.removeFirst()
        let (id, item) = (name("resp"), name("item"))
        session.active = (id, item, answer)
        if case .silence = answer.ending { return }
        if answer.ratesFirst { tell(session, Self.rates) }
        if !answer.skipsCreated {
            tell(session, ["type": "response.created", "response": ["id": .text(id), "status": "in_progress"]])
        }
        if !answer.sound.isEmpty {
            session.rules.items[item] = .assistant(sound: 0)
            tell(
                session,
                [
                    "type": "response.output_item.added", "response_id": .text(id), "output_index": 0,
                    "item": ["id": .text(item), "type": "message", "role": "assistant", "content": []],
                ])
            tell(
                session,
                [
                    "type": .text(
                        speaksBeta ? "response.audio_transcript.delta" : "response.output_audio_transcript.delta"),
                    "response_id": .text(id), "item_id": .text(item), "output_index": 0, "content_index": 0,
                    "delta": .text(answer.transcript),
                ])
            for piece in answer.sound {
                session.rules.add(sound: piece.count, to: item)
                tell(session, delta(id, item, piece))
            }
        }
        switch answer.ending {
        case .completed: finish(session, status: "completed", reason: nil)
        case .failed(let code): finish(session, status: "failed", reason: code)
        case .held, .silence: break
        }
    }

    private func delta(_ response: String, _ item: String, _ octets: [UInt8]) -> BodyJSON {
        [
            "type": .text(speaksBeta ? "response.audio.delta" : "response.output_audio.delta"),
            "event_id": .text(name("event")), "response_id": .text(response), "item_id": .text(item),
            "output_index": 0, "content_index": 0, "delta": .base64(octets),
        ]
    }

    private func finish(_ session: Session, status: String, reason: String?) {
        guard let (id, item, answer) = session.active else { return }
        session.active = nil
        var output: [BodyJSON] = []
        if !answer.sound.isEmpty {
            if status == "completed" {
                tell(
                    session,
                    [
                        "type": .text(
                            speaksBeta ? "response.audio_transcript.done" : "response.output_audio_transcript.done"),
                        "response_id": .text(id), "item_id": .text(item), "output_index": 0, "content_index": 0,
                        "transcript": .text(answer.transcript),
                    ])
            }
            output.append(["id": .text(item), "type": "message", "role": "assistant", "status": .text(status)])
        }
        if status == "completed" {
            for (index, call) in answer.calls.enumerated() {
                let function: BodyJSON = [
                    "id": .text(name("item")), "type": "function_call", "call_id": .text(name("call")),
                    "name": .text(call.name), "arguments": .text(call.arguments), "status": "completed",
                ]
                session.rules.calls.insert(function["call_id"]?.text ?? "")
                output.append(function)
                tell(
                    session,
                    [
                        "type": "response.function_call_arguments.done", "response_id": .text(id),
                        "item_id": function["id"] ?? "", "output_index": .number(Double(index + 1)),
                        "call_id": function["call_id"] ?? "", "name": .text(call.name),
                        "arguments": .text(call.arguments),
                    ])
                tell(session, ["type": "response.output_item.done", "response_id": .text(id), "item": function])
            }
        }
        var details: BodyJSON = nil
        if status == "failed" {
            details = [
                "type": "failed",
                "error": ["type": "server_error", "code": .text(reason ?? ""), "message": "The response failed."],
            ]
        } else if let reason {
            details = ["type": .text(status), "reason": .text(reason)]
        }
        let usage: BodyJSON = [
            "total_tokens": 30, "input_tokens": 20, "output_tokens": 10,
            "input_token_details": ["cached_tokens": 5, "text_tokens": 8, "audio_tokens": 12],
        ]
        tell(
            session,
            [
                "type": "response.done",
                "response": [
                    "id": .text(id), "object": "realtime.response", "status": .text(status),
                    "status_details": details, "output": .list(output), "usage": status == "failed" ? nil : usage,
                ],
            ])
        if !answer.ratesFirst { tell(session, Self.rates) }
        if status == "cancelled" {
            for piece in answer.lateSound { tell(session, delta(id, item, piece)) }
        }
    }

    private static let rates: BodyJSON = [
        "type": "rate_limits.updated",
        "rate_limits": [["name": "tokens", "limit": 1_000, "remaining": 900, "reset_seconds": 1]],
    ]

    private func name(_ kind: String) -> String {
        number += 1
        return "\(kind)_\(number)"
    }

    private func tell(_ session: Session, _ event: BodyJSON) {
        guard session.isOpen else { return }
        try? session.connection.send(text: event.line)
    }

    private func refuse(
        _ session: Session, _ code: String, _ message: String, event: String?, isHarmless: Bool = false
    ) {
        if !isHarmless { violations.append(ProtocolViolation("\(code): \(message)")) }
        tell(
            session,
            [
                "type": "error",
                "error": [
                    "type": "invalid_request_error", "code": .text(code), "message": .text(message),
                    "event_id": event.map { .text($0) } ?? nil,
                ],
            ])
    }

    private func close(_ session: Session, code: UInt16, reason: String) async {
        session.isOpen = false
        await session.connection.close(code: WebSocketCloseCode(rawValue: code), reason: reason)
    }
}
