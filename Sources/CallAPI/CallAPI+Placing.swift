internal import Agent
internal import Crypto
internal import FoundationEssentials
internal import Synchronization
internal import Telephony

/// Calls that are placed on request.
extension CallAPI {
    private struct Wish {
        var destination: Destination
        var caller: Destination?
        var brief: CallBrief
        var headers: [(name: String, value: String)]
        /// The same for requests that ask for the same.
        var fingerprint: String
    }

    func place(_ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let key = try idempotencyKey(of: request)
        let wish = try wish(of: request)
        let id = CallIdentifier.make()
        if let key {
            let (store, now) = (store, surroundings.wallClock())
            let reservation = try await read { () async throws(CallStoreError) in
                try await store.reserve(key: key, fingerprint: wish.fingerprint, for: id, now: now)
            }
            switch reservation {
            case .new: break
            case .repeated(let call): return accepted(call, isRepeated: true)
            case .taken:
                throw Problem(
                    422, "key_reused", "The Idempotency-Key stood for another request before; take a new one.")
            }
        }
        do throws(Problem) {
            var order = CallOrder(id: id, destination: wish.destination, caller: wish.caller, brief: wish.brief)
            order.headers = wish.headers
            try await begin(order)
        } catch {
            // Nothing came of it, so that it may be asked again.
            if let key { try? await store.release(key: key) }
            throw error
        }
        return accepted(id.text, isRepeated: false)
    }

    private func accepted(_ id: String, isRepeated: Bool) -> APIResponse {
        var response = APIResponse.json(JSONValue.object(["id": .string(id)]), status: 202)
        response.headers.append(("location", "/v1/calls/\(id)"))
        if isRepeated { response.headers.append(("idempotent-replayed", "true")) }
        return response
    }

    private func begin(_ order: CallOrder) async throws(Problem) {
        do throws(OutgoingGate.Refusal) {
            try await gate.place(order)
        } catch {
            throw Problem(error)
        }
    }

    private func idempotencyKey(of request: APIRequest) throws(Problem) -> String? {
        guard request.has("idempotency-key") else { return nil }
        guard let key = request.header("idempotency-key"), (1...128).contains(key.utf8.count),
            key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw Problem(400, "bad_key", "Idempotency-Key is to have 1 to 128 visible ASCII characters, once.")
        }
        return key
    }

    private func wish(of request: APIRequest) throws(Problem) -> Wish {
        let fields = try BodyFields(
            request, known: ["to", "from", "instructions", "variables", "headers"] + Self.answeringMembers)
        let destination = try target(try fields.text("to", atMost: 256), "to")
        let caller = try fields.optionalText("from", atMost: 256).map { (text) throws(Problem) in
            try Self.destination(text, "from")
        }
        let instructions = try fields.optionalText("instructions", atMost: 20_000)
        let variables = try fields.texts("variables", atMost: 50, length: 2_000)
        try allow(destination)
        let abilities = surroundings.placing.abilities
        if instructions != nil, !abilities.contains(.instructions) {
            throw Problem(422, "no_instructions", "This agent takes no instructions for a call; agent: model does.")
        }
        if !variables.isEmpty, !abilities.contains(.variables) {
            throw Problem(
                422, "no_variables", "This agent takes no variables; agent: model and agent: local do.")
        }
        let answering = try answering(fields)
        let headers = try HeaderWish.read(fields)
        if let obstacle = surroundings.placing.obstacle(to: destination) {
            throw Problem(422, "unreachable", obstacle)
        }
        var meant: [String: JSONValue] = [
            "to": .string(destination.description), "from": caller.map { .string($0.description) } ?? .null,
            "instructions": instructions.map { .string($0) } ?? .null,
            "variables": .object(variables.mapValues { .string($0) }),
        ]
        if !headers.isEmpty {
            meant["headers"] = .array(headers.map { .string("\($0.name): \($0.value)") })
        }
        if let answering {
            meant["answering"] = .array(
                [answering.onMachine.rawValue, answering.voicemail ?? "", answering.onScreening ?? ""].map {
                    .string($0)
                })
        }
        let fingerprint = SHA256.hash(data: Array(JSONValue.object(meant).json.utf8)).map { octet in
            let digits = String(octet, radix: 16)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }.joined()
        return Wish(
            destination: destination, caller: caller,
            brief: CallBrief(instructions: instructions, variables: variables, answering: answering),
            headers: headers, fingerprint: fingerprint)
    }

    static let answeringMembers = ["on_machine", "voicemail", "on_screening"]

    /// What is done when no human answers; `nil` when an order says nothing of it.
    func answering(_ fields: BodyFields) throws(Problem) -> AnsweringPlan? {
        let word = try fields.optionalText("on_machine", atMost: 20)
        let onMachine = word.flatMap { AnsweringPlan.OnMachine(rawValue: $0) }
        if word != nil, onMachine == nil {
            throw Problem(400, "bad_member", "\"on_machine\" is to be one of hang_up, leave_message, continue.")
        }
        let voicemail = try fields.optionalText("voicemail", atMost: 2_000)
        let onScreening = try fields.optionalText("on_screening", atMost: 2_000)
        guard onMachine != nil || voicemail != nil || onScreening != nil else { return nil }
        guard surroundings.placing.abilities.contains(.answering) else {
            throw Problem(
                422, "no_answering", "This agent does not find out who answers; agent: model and agent: local do.")
        }
        let plan = settings.answering.changed(onMachine: onMachine, voicemail: voicemail, onScreening: onScreening)
        guard plan.isWhole else {
            throw Problem(
                422, "no_voicemail", "There is nothing to leave: give \"voicemail\", or set outbound.voicemail.")
        }
        return plan
    }

    /// Whom to call, as the ways out mean it.
    func target(_ text: String, _ name: String) throws(Problem) -> Destination {
        surroundings.placing.canonical(try Self.destination(text, name))
    }

    static func destination(_ text: String, _ name: String) throws(Problem) -> Destination {
        do throws(DestinationError) {
            return try Destination(parsing: text)
        } catch {
            throw Problem(422, "bad_destination", "\"\(name)\" \(error).")
        }
    }

    func allow(_ destination: Destination) throws(Problem) {
        guard !settings.outgoing.allows(destination) else { return }
        throw Problem(
            .notAllowed(
                settings.outgoing.allowed.isEmpty
                    ? "Nobody may be called: outbound.allow names no destination."
                    : "\(destination) may not be called: nothing in outbound.allow names it."))
    }
}

extension Problem {
    init(_ refusal: OutgoingGate.Refusal) {
        switch refusal {
        case .notAllowed(let sentence): self.init(403, "destination_not_allowed", sentence)
        case .doNotCall(let sentence): self.init(403, "do_not_call", sentence)
        case .tooMany(let sentence, let wait): self.init(429, "too_many_calls", sentence, retryAfter: wait)
        case .full: self.init(503, "busy", "As many calls are up as this server can take.", retryAfter: 10)
        case .database:
            self.init(503, "database", "The call database can't be used now; see GET /readyz.", retryAfter: 5)
        }
    }
}
