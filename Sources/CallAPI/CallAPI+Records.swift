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
            known: ["limit", "after", "from", "until", "direction", "state", "outcome", "number"])
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

    func stored(_ id: String) async throws(Problem) -> StoredCall {
        await store.flush()
        let found = try await read { () async throws(CallStoreError) in try await store.call(id) }
        if let found, found.id == id { return found }
        if calls.entry(CallIdentifier(id)) != nil {
            throw Problem(503, "not_written", "The call's record is not written yet; is the disk full?", retryAfter: 1)
        }
        throw Problem(404, "no_such_call", "There is no call \"\(id)\".")
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
