internal import NIOCore
internal import Synchronization

/// Plays Telnyx's Call Control: takes commands over HTTP, and posts webhooks that are signed as they should be, or not.
public final class CallControlDouble: Sendable {
    /// A command as it came.
    public struct Command: Sendable, Equatable {
        /// E.g. `answer`; `dial` for a call that is placed.
        public var action: String
        /// Its `call_control_id`, percent-encoded as it stood; empty for a dial.
        public var call: String
        public var authorization: String
        /// The members of the body that are texts.
        public var fields: [String: String]
    }

    private struct State {
        var commands: [Command] = []
        /// How many of each were waited for already.
        var taken: [String: Int] = [:]
        var waiting: [(action: String, continuation: CheckedContinuation<Command, Never>)] = []
        /// Error codes that the next commands are answered with.
        var refusals: [String: [String]] = [:]
        var events = 0
    }

    private final class Ledger: Sendable {
        let state = Mutex(State())
    }

    private let double: HTTPDouble
    private let ledger: Ledger
    private let sign: @Sendable ([UInt8]) -> String

    /// Where it takes commands, e.g. `http://127.0.0.1:51234/v2`.
    public var url: String { double.url + "/v2" }

    /// - Parameter sign: makes the signature of these octets, in Base64.
    public init(sign: @escaping @Sendable ([UInt8]) -> String) async throws {
        let ledger = Ledger()
        self.ledger = ledger
        self.sign = sign
        double = try await HTTPDouble { Self.answer($0, ledger) }
    }

    public func stop() async { await double.stop() }

    /// All commands so far.
    public var commands: [Command] { ledger.state.withLock { $0.commands } }

    /// Has the next command of this kind refused with an error code, e.g. `90018`.
    public func refuse(_ action: String, code: String) {
        ledger.state.withLock { $0.refusals[action, default: []].append(code) }
    }

    /// The next command of this kind, as soon as it comes.
    public func next(_ action: String) async -> Command {
        await withCheckedContinuation { continuation in
            let command: Command? = ledger.state.withLock { state in
                let all = state.commands.filter { $0.action == action }
                let taken = state.taken[action, default: 0]
                guard taken < all.count else {
                    state.waiting.append((action, continuation))
                    return nil
                }
                state.taken[action] = taken + 1
                return all[taken]
            }
            if let command { continuation.resume(returning: command) }
        }
    }

    private static func answer(_ request: HTTPDouble.Request, _ ledger: Ledger) -> HTTPDouble.Answer {
        let segments = request.path.split(separator: "/").map(String.init)
        let body = BodyJSON(request.body) ?? .null
        var command = Command(
            action: "", call: "", authorization: request.headers["authorization"] ?? "",
            fields: (body.members ?? [:]).compactMapValues { $0.text ?? $0.number.map { "\(Int($0))" } })
        switch (request.method, segments.count) {
        case ("POST", 2) where segments[1] == "calls": command.action = "dial"
        case ("POST", 5) where segments[1] == "calls" && segments[3] == "actions":
            (command.call, command.action) = (segments[2], segments[4])
        default: return json(404, #"{"errors":[{"code":"10005","title":"Not found"}]}"#)
        }
        let (waiting, code) = ledger.state.withLock { state in
            state.commands.append(command)
            var waiting: CheckedContinuation<Command, Never>?
            if let place = state.waiting.firstIndex(where: { $0.action == command.action }) {
                waiting = state.waiting.remove(at: place).continuation
                state.taken[command.action, default: 0] += 1
            }
            var code: String?
            if let codes = state.refusals[command.action], !codes.isEmpty {
                code = state.refusals[command.action]?.removeFirst()
            }
            return (waiting, code)
        }
        waiting?.resume(returning: command)
        if let code { return json(422, #"{"errors":[{"code":"\#(code)","title":"refused by the double"}]}"#) }
        guard command.action == "dial" else { return json(200, #"{"data":{"result":"ok"}}"#) }
        return json(
            200,
            #"{"data":{"record_type":"call","call_control_id":"v3:dialled","call_leg_id":"leg-dialled","#
                + #""call_session_id":"session-dialled","is_alive":false}}"#)
    }

    private static func json(_ status: Int, _ text: String) -> HTTPDouble.Answer {
        HTTPDouble.Answer(
            status: status, headers: [("content-type", "application/json"), ("content-length", "\(text.utf8.count)")],
            steps: [.send(Array(text.utf8))])
    }

    // MARK: Webhooks

    /// A webhook that is signed and not posted yet.
    public struct Webhook: Sendable {
        public var body: [UInt8]
        public var timestamp: String
        public var signature: String

        public var headers: [(name: String, value: String)] {
            [
                ("content-type", "application/json"), ("telnyx-signature-ed25519", signature),
                ("telnyx-timestamp", timestamp),
            ]
        }
    }

    /// A webhook about a leg.
    ///
    /// - Parameters:
    ///   - type: e.g. `call.initiated`.
    ///   - call: the leg's `call_control_id`.
    ///   - payload: further members, each value a text.
    ///   - time: seconds since 1970.
    public func webhook(
        _ type: String, call: String, payload: [String: String] = [:], time: Int64
    ) -> Webhook {
        let number = ledger.state.withLock { state in
            state.events += 1
            return state.events
        }
        var members: [String: BodyJSON] = [
            "call_control_id": .text(call), "call_leg_id": .text("leg-\(call)"),
            "call_session_id": .text("session-\(call)"), "connection_id": .text("1494404757140276705"),
            "client_state": .null,
        ]
        for (name, value) in payload { members[name] = .text(value) }
        let event: BodyJSON = .members([
            "data": .members([
                "record_type": .text("event"), "event_type": .text(type), "id": .text("event-\(number)"),
                "occurred_at": .text("2026-01-02T03:04:05.\(100_000 + number)Z"), "payload": .members(members),
            ]), "meta": .members(["attempt": .number(1)]),
        ])
        let body = event.octets
        return Webhook(body: body, timestamp: "\(time)", signature: sign(Array("\(time)|".utf8) + body))
    }

    /// Posts a webhook to a port of this machine.
    ///
    /// - Returns: the status.
    @discardableResult public static func post(_ webhook: Webhook, to port: Int) async throws -> Int {
        try await RawHTTP.post(webhook.body, to: port, path: "/telnyx/webhooks", headers: webhook.headers)
    }
}
