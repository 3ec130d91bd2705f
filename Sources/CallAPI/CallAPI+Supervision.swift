internal import Agent
internal import Telephony

/// Somebody listens to a call, tells its agent something, or takes it over.
extension CallAPI {
    /// Calls a supervisor, or has the one that there is do something else.
    func supervise(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let fields = try BodyFields(request, known: ["to", "mode"])
        let name = try fields.optionalText("to", atMost: 256)
        let word = try fields.optionalText("mode", atMost: 16)
        let wanted = word.flatMap { SupervisionMode(rawValue: $0) }
        if word != nil, wanted == nil {
            throw Problem(400, "bad_member", "\"mode\" is to be one of listen, whisper, takeover.")
        }
        let by = access.name(of: request)
        guard let name else {
            guard let wanted else {
                throw Problem(
                    400, "missing_member",
                    "Name with \"to\" who is to be called, or with \"mode\" what the supervisor is to do.")
            }
            let door = try await answered(id).door
            try await supervised { () async throws(SupervisionRefusal) in
                try await door.supervision.change(to: wanted, by: by)
            }
            return .json(JSONValue.object(["id": .string(id), "mode": .string(wanted.rawValue)]), status: 202)
        }
        let target = try transferTarget(name)
        let mode = wanted ?? .listen
        let door = try await answered(id).door
        if mode == .whisper, !door.abilities.contains(.notes) { throw Problem(.noNotes) }
        var order = SupervisionOrder(to: target, named: name, mode: mode, by: by)
        if let place = settings.transfers[name] { order.ringTimeout = place.ringTimeout }
        let placed = order
        try await supervised { () async throws(SupervisionRefusal) in try await door.supervision.begin(placed) }
        return .json(JSONValue.object(["id": .string(id), "mode": .string(mode.rawValue)]), status: 202)
    }

    func endSupervision(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        if !request.body.isEmpty { _ = try BodyFields(request, known: []) }
        let by = access.name(of: request)
        let door = try await answered(id).door
        try await supervised { () async throws(SupervisionRefusal) in try await door.supervision.end(by: by) }
        return APIResponse(204)
    }

    /// Tells the agent's model something.
    func whisper(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let text = try BodyFields(request, known: ["text"]).text("text", atMost: SupervisorNote.longestAdvice)
        let by = access.name(of: request)
        let door = try await answered(id).door
        guard door.abilities.contains(.notes) else { throw Problem(.noNotes) }
        try await supervised { () async throws(SupervisionRefusal) in
            try await door.supervision.advise(text, by: by)
        }
        return .json(JSONValue.object(["id": .string(id)]), status: 202)
    }

    /// The sound of a call, as it goes on.
    func listen(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        let fields = try QueryFields(request.query, known: ["format"])
        let form = try fields.choice("format", LiveSoundReader.Form.allCases) ?? .wav
        let (call, door) = try await answered(id)
        guard let sampleRate = door.supervision.sampleRate else { throw Problem(.noConversation) }
        guard calls.hasRoomForReader else {
            throw Problem(429, "too_many_readers", "Too many streams are open.", retryAfter: 10)
        }
        let reader = LiveSoundReader(
            of: call.id, in: calls, desk: door.supervision, form: form, by: access.name(of: request))
        return APIResponse(
            200, headers: [("content-type", form.contentType(sampleRate: sampleRate)), ("cache-control", "no-store")],
            body: .stream(reader))
    }

    private func supervised(_ body: () async throws(SupervisionRefusal) -> Void) async throws(Problem) {
        do throws(SupervisionRefusal) {
            try await body()
        } catch {
            throw Problem(error)
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: SupervisionRefusal) {
        let code =
            switch refusal {
            case .noNotes: "no_notes"
            case .noHearing: "no_hearing"
            case .noConversation: "no_conversation"
            case .isSupervised: "supervised"
            case .notSupervised: "not_supervised"
            case .transferring: "transferring"
            case .agentGone: "agent_gone"
            case .noLine: "no_line"
            }
        self.init(409, code, refusal.sentence, retryAfter: refusal == .noConversation ? 1 : nil)
    }
}
