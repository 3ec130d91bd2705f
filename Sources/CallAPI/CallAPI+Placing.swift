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
            try begin(CallOrder(id: id, destination: wish.destination, caller: wish.caller, brief: wish.brief))
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

    private func begin(_ order: CallOrder) throws(Problem) {
        guard calls.count(.outgoing) < settings.outgoing.maximumCalls else {
            throw Problem(
                429, "too_many_calls",
                "\(settings.outgoing.maximumCalls) calls of ours are up, which outbound.maximum allows.", retryAfter: 10
            )
        }
        let limit = settings.outgoing.maximumPerHour
        let (wait, isNews) = placed.count.withLock { count in
            let wait = count.take(atMost: limit, now: surroundings.now())
            return (wait, wait == nil ? false : count.tell())
        }
        if let wait {
            let sentence = "\(limit) calls were placed within an hour, which outbound.per_hour allows."
            if isNews { surroundings.onLimit(sentence) }
            throw Problem(429, "too_many_calls", sentence, retryAfter: wait)
        }
        guard surroundings.placing.place(order) else {
            throw Problem(503, "busy", "As many calls are up as this server can take.", retryAfter: 10)
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
        let fields = try BodyFields(request, known: ["to", "from", "instructions", "variables"])
        let destination = try Self.destination(try fields.text("to", atMost: 256), "to")
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
        if let obstacle = surroundings.placing.obstacle(to: destination) {
            throw Problem(422, "unreachable", obstacle)
        }
        let meant = JSONValue.object([
            "to": .string(destination.description), "from": caller.map { .string($0.description) } ?? .null,
            "instructions": instructions.map { .string($0) } ?? .null,
            "variables": .object(variables.mapValues { .string($0) }),
        ])
        let fingerprint = SHA256.hash(data: Array(meant.json.utf8)).map { octet in
            let digits = String(octet, radix: 16)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }.joined()
        return Wish(
            destination: destination, caller: caller,
            brief: CallBrief(instructions: instructions, variables: variables), fingerprint: fingerprint)
    }

    static func destination(_ text: String, _ name: String) throws(Problem) -> Destination {
        do throws(DestinationError) {
            return try Destination(parsing: text)
        } catch {
            throw Problem(422, "bad_destination", "\"\(name)\" \(error).")
        }
    }

    private func allow(_ destination: Destination) throws(Problem) {
        guard !settings.outgoing.allows(destination) else { return }
        throw Problem(
            403, "destination_not_allowed",
            settings.outgoing.allowed.isEmpty
                ? "Nobody may be called: outbound.allow names no destination."
                : "\(destination) may not be called: nothing in outbound.allow names it.")
    }
}
