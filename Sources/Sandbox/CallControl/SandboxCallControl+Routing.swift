import TelephonyPrimitives

// A request comes in: who asks, for what.

extension SandboxCallControl {
    mutating func answer(_ request: APIRequest, now: Instant) -> APIResponse {
        do throws(APIFault) {
            return try route(request, now: now)
        } catch {
            return error.response
        }
    }

    private mutating func route(_ request: APIRequest, now: Instant) throws(APIFault) -> APIResponse {
        guard let authorization = request.authorization, authorization.lowercased().hasPrefix("bearer "),
            Secret(String(authorization.dropFirst(7))).value == settings.apiKey.value
        else { throw .unauthorised }
        let path = request.path
        guard path.first == "v2", path.count >= 2, path.count <= 5 else { throw .notFound }
        let rest = Array(path.dropFirst())
        if rest[0] == "calls" { return try calls(request, Array(rest.dropFirst()), now: now) }
        if rest[0] == "connections", rest.count == 3, rest[2] == "active_calls", request.method == "GET" {
            return try activeCalls(rest[1], now: now)
        }
        guard let kind = ControlAccount.Kind(rawValue: rest[0]) else {
            throw APIFault(
                404, "10005", "Resource not found", "The sandbox has no /v2/\(Self.shown(rest[0])); the carrier may.")
        }
        return try records(kind, request, Array(rest.dropFirst()), now: now)
    }

    /// A part of a stranger's request, for a message.
    static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(60).map { (0x20...0x7E).contains($0.value) ? $0 : "?" })
        )
    }

    private mutating func records(
        _ kind: ControlAccount.Kind, _ request: APIRequest, _ path: [String], now: Instant
    ) throws(APIFault) -> APIResponse {
        let time = time(now)
        switch (request.method, path.count) {
        case ("GET", 0): return try account.list(kind, request.query)
        case ("POST", 0): return try account.create(kind, try Members(request.body), at: time)
        case ("GET", 1):
            guard let record = account.record(kind, path[0]) else { throw .notFound }
            return APIResponse(200, ["data": .object(record)])
        case ("PATCH", 1): return try account.change(kind, path[0], try Members(request.body), at: time)
        case ("DELETE", 1): return try account.delete(kind, path[0])
        case ("GET", 2) where kind == .numbers && path[1] == "voice": return try account.voice(path[0], nil)
        case ("PATCH", 2) where kind == .numbers && path[1] == "voice":
            return try account.voice(path[0], try Members(request.body))
        default: throw Self.wrongMethod(request)
        }
    }

    private static func wrongMethod(_ request: APIRequest) -> APIFault {
        APIFault(
            404, "10005", "Resource not found",
            "The sandbox does not do \(shown(request.method)) \(shown(request.target)); the carrier may.")
    }

    private mutating func calls(
        _ request: APIRequest, _ path: [String], now: Instant
    ) throws(APIFault) -> APIResponse {
        switch (request.method, path.count) {
        case ("POST", 0):
            try fail(request, now: now)
            let members = try Members(request.body)
            return try once("", members, now: now) { (control: inout Self) throws(APIFault) -> APIResponse in
                try control.dial(members, now: now)
            }
        case ("GET", 1):
            guard let leg = legs[try number(path[0])] else { throw .notFound }
            return APIResponse(200, ["data": record(leg, now: now)])
        case ("POST", 3) where path[1] == "actions":
            try fail(request, now: now)
            let members = try Members(request.body)
            let number = try number(path[0])
            return try once(path[0], members, now: now) { (control: inout Self) throws(APIFault) -> APIResponse in
                try control.command(path[2], number, members, now: now)
            }
        default: throw Self.wrongMethod(request)
        }
    }

    /// The leg that a call_control_id means.
    private func number(_ id: String) throws(APIFault) -> UInt64 {
        guard let number = numbers[id] else {
            throw id.hasPrefix("v3:") || id.hasPrefix("v2:") ? .notFound : .badControlID
        }
        return number
    }

    /// The same command_id for the same leg within 60 seconds is ignored (reference B1).
    private mutating func once(
        _ leg: String, _ members: Members, now: Instant,
        _ act: (inout Self) throws(APIFault) -> APIResponse
    ) throws(APIFault) -> APIResponse {
        guard let id = try members.text("command_id") else { return try act(&self) }
        answered = answered.filter { now - $0.value.at < .seconds(60) }
        let key = "\(leg) \(id)"
        if let earlier = answered[key] { return earlier.response }
        let response = try act(&self)
        answered[key] = (now, response)
        return response
    }

    /// What is refused on purpose: the first request for something, and with 429 all of it for a second.
    private mutating func fail(_ request: APIRequest, now: Instant) throws(APIFault) {
        guard fault == .rest503 || fault == .rest429 else { return }
        let key = "\(request.method) \(request.target)"
        guard let since = refused[key] else {
            if refused.count > 1_000 { refused = [:] }
            refused[key] = now
            throw fault == .rest503 ? .unavailable : .tooMany
        }
        if fault == .rest429, now - since < .seconds(1) { throw .tooMany }
        // The next dial is another one.
        if request.path.count == 2 { refused[key] = nil }
    }

    // MARK: What there is

    func record(_ leg: ControlledLeg, now: Instant) -> JSONValue {
        var record: [String: JSONValue] = [
            "record_type": "call", "call_control_id": .string(leg.controlID), "call_leg_id": .string(leg.legID),
            "call_session_id": .string(leg.sessionID), "is_alive": .bool(leg.state == .answered),
            "client_state": leg.clientState.map { .string($0) } ?? .null, "start_time": .string(time(leg.began)),
        ]
        if let answeredAt = leg.answeredAt {
            let seconds = ((leg.endedAt ?? now) - answeredAt).components.seconds
            record["call_duration"] = .number(Double(seconds))
        }
        if let endedAt = leg.endedAt { record["end_time"] = .string(time(endedAt)) }
        return .object(record)
    }

    private func activeCalls(_ application: String, now: Instant) throws(APIFault) -> APIResponse {
        guard account.application(application) != nil else { throw .notFound }
        let active = legs.values.filter { $0.application == application && $0.state != .hangup }
            .sorted { $0.number < $1.number }
        return APIResponse(
            200,
            [
                "data": .array(active.map { record($0, now: now) }),
                "meta": ["total_items": .number(Double(active.count)), "cursors": ["after": nil, "before": nil]],
            ])
    }
}
