internal import Agent
internal import Telephony

/// What is done to a call that rings or is up.
extension CallAPI {
    /// The door of a call that is not over.
    private func door(_ id: String) async throws(Problem) -> (LiveCalls.Entry, CallDoor) {
        if let entry = calls.entry(CallIdentifier(id)), let door = entry.door { return (entry, door) }
        _ = try await stored(id)
        throw Problem(409, "call_over", "The call is over.")
    }

    func answered(_ id: String) async throws(Problem) -> (call: any Call, door: CallDoor) {
        let (entry, door) = try await door(id)
        guard let call = entry.call else {
            throw Problem(409, "not_answered", "The call is not answered yet.", retryAfter: 1)
        }
        return (call, door)
    }

    func hangUp(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        if !request.body.isEmpty { _ = try BodyFields(request, known: []) }
        let (_, door) = try await door(id)
        door.record { .event(kind: "hang-up ordered", detail: "by the API", at: $0) }
        await door.hangUp()
        return APIResponse(204)
    }

    func speak(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let text = try BodyFields(request, known: ["text"]).text("text", atMost: 2_000)
        let (_, door) = try await answered(id)
        guard door.abilities.contains(.speaking) else {
            throw Problem(
                409, "no_speaking", "This agent says nothing that it is given; agent: model and agent: local do.")
        }
        guard await door.prompter.say(PrintableText.of(text)) else {
            throw Problem(
                409, "no_conversation", "The conversation has not begun yet, or is over.", retryAfter: 1)
        }
        return .json(JSONValue.object(["id": .string(id)]), status: 202)
    }

    func sendKeys(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let digits = try BodyFields(request, known: ["digits"]).text("digits", atMost: 64).uppercased()
        guard digits.allSatisfy({ "0123456789*#ABCD,".contains($0) }) else {
            throw Problem(
                422, "bad_digits", "\"digits\" is to have 0-9 * # A-D, and \",\" for a pause of half a second.")
        }
        let (call, door) = try await answered(id)
        for digit in digits where digit != "," {
            door.record {
                .key(KeyRecord(digit: String(digit), direction: .sent, atMs: $0, durationMs: 100))
            }
        }
        // Unstructured: whoever asked need not wait for it. It ends with the call at the latest.
        Task {
            do throws(CallError) {
                try await call.sendDTMF(digits)
            } catch {
                let reason = "\(error)"
                door.record { .event(kind: "keys failed", detail: reason, at: $0) }
            }
        }
        return .json(JSONValue.object(["id": .string(id)]), status: 202)
    }

    /// Pauses the recording, or has it go on.
    func record(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let state = try BodyFields(request, known: ["state"]).text("state", atMost: 16)
        guard let isPaused = ["paused": true, "recording": false][state] else {
            throw Problem(400, "bad_member", "\"state\" is to be \"paused\" or \"recording\".")
        }
        let (_, door) = try await answered(id)
        guard door.pauseRecording(isPaused) else {
            throw Problem(409, "not_recorded", "The call is not recorded; calls.recordings names a folder for it.")
        }
        return .json(JSONValue.object(["id": .string(id), "state": .string(state)]))
    }

    func transfer(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let fields = try BodyFields(request, known: ["to", "briefing"])
        let name = try fields.text("to", atMost: 256)
        let summary = try fields.optionalText("briefing", atMost: 1_500) ?? ""
        let target = try transferTarget(name)
        let (call, door) = try await answered(id)
        if let destination = settings.transfers[name], destination.kind != .blind {
            let order = ConsultationOrder(
                to: name, destination, summary: summary, caller: call.remote.displayName ?? call.remote.address
            ) { $0.replacing("{called}", with: call.local.address) }
            return try await consult(order, id, door)
        }
        guard calls.beginTransfer(of: call.id) else {
            throw Problem(409, "transferring", "The call is being put through already.")
        }
        door.record { .event(kind: "transfer ordered", detail: name, at: $0) }
        let calls = calls
        // Unstructured, as with keys: the other side may take half a minute, and the events tell what comes of it.
        Task {
            do throws(CallError) {
                try await call.transfer(to: target)
                door.record { .event(kind: "transferred", detail: "", at: $0) }
                await call.hangUp(reason: .normal)
            } catch {
                let reason = "\(error)"
                door.record { .event(kind: "transfer failed", detail: reason, at: $0) }
            }
            calls.endTransfer(of: call.id)
        }
        return .json(JSONValue.object(["id": .string(id)]), status: 202)
    }

    /// Has the agent ask somebody whether they take the caller; the events tell what comes of it.
    private func consult(_ order: ConsultationOrder, _ id: String, _ door: CallDoor) async throws(Problem)
        -> APIResponse
    {
        guard door.transfers.isAttended else {
            throw Problem(
                409, "no_consulting",
                "\(order.name) is to be asked first, which this agent does not do, or not yet; agent: model, local and realtime do. Blind transfers work with every agent."
            )
        }
        door.record { .event(kind: "transfer ordered", detail: order.name, at: $0) }
        await door.transfers.order(order)
        return .json(JSONValue.object(["id": .string(id)]), status: 202)
    }

    /// A name of `transfers:`, or what may be called anyway.
    func transferTarget(_ text: String) throws(Problem) -> String {
        let destination: Destination
        if let target = settings.transfers[text]?.target {
            // What the configuration says is meant as it stands, also where no request may say it.
            guard let named = try? Destination(parsing: target) else { return target }
            destination = named
        } else {
            destination = try self.target(text, "to")
        }
        guard settings.transfers[text] != nil || settings.outgoing.allows(destination) else {
            throw Problem(
                403, "destination_not_allowed",
                "\(destination) may not be called: it is no name of transfers:, and nothing in outbound.allow names it."
            )
        }
        if let obstacle = surroundings.placing.obstacle(to: destination) {
            throw Problem(422, "unreachable", obstacle)
        }
        return surroundings.placing.address(of: destination)
    }
}
