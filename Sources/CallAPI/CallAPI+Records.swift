internal import Agent
internal import Telephony

/// The kept calls.
extension CallAPI {
    /// How a call ended, by name.
    enum Outcome: String, CaseIterable {
        case remoteHangUp, localHangUp, rejected, noAnswer, unreachable, cancelled, transferred, failed, interrupted
    }

    private struct Page: Encodable {
        var calls: [CallSummaryRow]
        /// What to give as `after` for the next page; `nil` on the last.
        var next: String?
    }

    func list(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let fields = try QueryFields(
            request.query,
            known: ["limit", "after", "from", "until", "direction", "state", "outcome", "number", "text"])
        var query = CallQuery()
        query.limit = Int(try fields.number("limit", in: 1...1_000) ?? 20)
        query.from = try fields.number("from", in: 0...Self.latest)
        query.until = try fields.number("until", in: 0...Self.latest)
        query.direction = try fields.choice("direction", [CallDirection.incoming, .outgoing])
        query.state = try fields.choice("state", [StoredCall.State.ringing, .up, .ended, .interrupted])
        query.outcome = try fields.choice("outcome", Outcome.allCases)?.rawValue
        if let number = fields["number"] {
            guard (1...64).contains(number.utf8.count) else {
                throw Problem(400, "bad_parameter", "\"number\" is to have 1 to 64 octets.")
            }
            query.remote = number
        }
        if let text = fields["text"] {
            guard (1...128).contains(text.unicodeScalars.count) else {
                throw Problem(400, "bad_parameter", "\"text\" is to have 1 to 128 characters.")
            }
            query.words = SearchWords(text)
            // Without a letter or a digit there is nothing that could be found.
            if query.words == nil { return .json(Page(calls: [], next: nil)) }
        }
        if let place = fields["after"] { query.after = try Self.place(place) }
        await store.flush()
        let limit = query.limit
        // One more tells whether there is a next page.
        query.limit += 1
        var rows = try await read { [query] () async throws(CallStoreError) in try await store.calls(query) }
        var page = Page(calls: [], next: nil)
        if rows.count > limit {
            rows.removeLast(rows.count - limit)
            page.next = rows.last.map { "\($0.startedAt).\($0.id)" }
        }
        page.calls = rows
        return .json(page)
    }

    /// The last millisecond that JavaScript can count to.
    private static let latest: Int64 = 9_007_199_254_740_991

    private static func place(_ text: String) throws(Problem) -> CallQuery.Place {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]), parts[1].utf8.count <= 64 else {
            throw Problem(400, "bad_parameter", "\"after\" is to be the \"next\" of the page before.")
        }
        return CallQuery.Place(startedAt: time, id: String(parts[1]))
    }

    func show(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        return .json(try await stored(id))
    }

    /// The whole call in one list, and what went wrong with it.
    func trace(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let call = try await stored(id)
        let messages = try await read { () async throws(CallStoreError) in try await store.messages(of: call.id) }
        return .json(CallTimeline(call, messages: messages))
    }

    /// Erases the record of a call that is over, with all that was kept of it.
    func erase(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        if !request.body.isEmpty { _ = try BodyFields(request, known: []) }
        let call = try await stored(id)
        guard call.state == .ended || call.state == .interrupted else {
            throw Problem(409, "call_up", "The call is not over; hang up first: DELETE /v1/calls/\(id).")
        }
        let erasure = try await read { () async throws(CallStoreError) in try await store.erase([id]) }
        guard erasure.kept.isEmpty, erasure.leftover == nil else {
            throw Problem(
                503, "not_erased", "Not all of it could be erased; is the disk full? Ask again.", retryAfter: 60)
        }
        calls.forget(CallIdentifier(id))
        return APIResponse(204)
    }

    /// Has a call summed up that is over; the record has it once it is written.
    func summarise(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        if !request.body.isEmpty { _ = try BodyFields(request, known: []) }
        let call = try await stored(id)
        guard let wake = surroundings.onSummaryOwed else {
            throw Problem(
                409, "no_model", "There is no model that could sum it up; the configuration needs model: {provider: …}."
            )
        }
        switch try await read({ () async throws(CallStoreError) in try await store.oweDigest(of: call.id) }) {
        case .owed: break
        case .noSuchCall: throw Problem(404, "no_such_call", "There is no call \"\(id)\".")
        case .isUp: throw Problem(409, "call_up", "The call is not over; ask again when it is.")
        case .nothingSaid: throw Problem(409, "nothing_said", "Nothing was said on this call.")
        }
        wake()
        return .json(JSONValue.object(["id": .string(call.id), "state": "owed"]), status: 202)
    }

    func stored(_ id: String) async throws(Problem) -> StoredCall {
        await store.flush()
        let found = try await read { () async throws(CallStoreError) in try await store.call(id) }
        if let found, found.id == id { return found }
        if calls.entry(CallIdentifier(id)) != nil, await !isErased(CallIdentifier(id)) {
            throw Problem(503, "not_written", "The call's record is not written yet; is the disk full?", retryAfter: 1)
        }
        throw Problem(404, "no_such_call", "There is no call \"\(id)\".")
    }

    /// Whether the record of a call that is over was erased, maybe by another program; then what is known of it here goes, too.
    func isErased(_ call: CallIdentifier) async -> Bool {
        await store.flush()
        guard calls.entry(call)?.state == .ended, !store.hasWaiting(of: call) else { return false }
        guard case .some(.none) = try? await store.call(call.text) else { return false }
        calls.forget(call)
        return true
    }

    func read<Value: Sendable>(
        _ body: () async throws(CallStoreError) -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await body()
        } catch {
            // The file's name is for the log.
            throw Problem(503, "database", "The call database can't be used now; see GET /readyz.", retryAfter: 5)
        }
    }
}
