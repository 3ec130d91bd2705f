internal import FoundationEssentials
internal import GRDB
internal import Telephony

extension SQLiteCallStore {
    /// The latest calls, the newest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many.
    ///   - before: only calls that began before this time, milliseconds since 1970.
    public func calls(limit: Int = 20, before: Int64? = nil) async throws(CallStoreError) -> [CallSummaryRow] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT *, (SELECT count(*) FROM turn WHERE turn.call = call.id) AS turns FROM call
                    WHERE startedAt < ? ORDER BY startedAt DESC, id DESC LIMIT ?
                    """, arguments: [before ?? Int64.max, max(0, min(limit, 100_000))]
            ).map { try Self.summary($0, db) }
        }
    }

    static func summary(_ row: Row, _ db: Database) throws -> CallSummaryRow {
        let id: String = row["id"]
        return CallSummaryRow(
            id: id, direction: CallDirection(rawValue: row["direction"]) ?? .incoming,
            remote: row["remote"], remoteName: row["remoteName"], local: row["local"], agent: row["agent"],
            state: StoredCall.State(rawValue: row["state"]) ?? .ended, startedAt: row["startedAt"],
            answeredMs: row["answeredMs"], answeredBy: AnsweredBy(column: row["answeredBy"]), endedMs: row["endedMs"],
            endCause: row["endCause"], turns: row["turns"], cost: CallCost(of: try usage(of: id, db)))
    }

    /// The call whose identifier is `id` or begins with it; `nil` when there is none or more than one.
    public func call(_ id: String) async throws(CallStoreError) -> StoredCall? {
        try await read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM call WHERE id = ? OR substr(id, 1, ?) = ? ORDER BY id LIMIT 2",
                arguments: [id, id.count, id])
            guard let row = rows.first(where: { $0["id"] == id }) ?? (rows.count == 1 ? rows.first : nil), !id.isEmpty
            else { return nil }
            return try Self.storedCall(row, db)
        }
    }

    /// The messages of the signalling of a call, in the order of their coming and going.
    ///
    /// - Parameter id: its whole identifier.
    public func messages(of id: String) async throws(CallStoreError) -> [MessageRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM message WHERE call = ? ORDER BY atMicroseconds, number LIMIT 10000",
                arguments: [id]
            ).map { row in
                let octets: Data = row["octets"]
                return MessageRecord(
                    atMicroseconds: row["atMicroseconds"], isReceived: row["isReceived"], transport: row["transport"],
                    local: row["local"], remote: row["remote"], octets: Array(octets))
            }
        }
    }

    static func storedCall(_ row: Row, _ db: Database) throws -> StoredCall {
        let id: String = row["id"]
        func children(_ table: String) throws -> [Row] {
            try Row.fetchAll(db, sql: "SELECT * FROM \(table) WHERE call = ? ORDER BY number", arguments: [id])
        }
        let quality: String? = row["quality"]
        let recorded: String? = row["recorded"]
        let usage = UsageRecord.summed(try Self.usage(of: id, db))
        return StoredCall(
            id: id, direction: CallDirection(rawValue: row["direction"]) ?? .incoming, remote: row["remote"],
            remoteName: row["remoteName"], local: row["local"], agent: row["agent"],
            state: StoredCall.State(rawValue: row["state"]) ?? .ended, startedAt: row["startedAt"],
            answeredMs: row["answeredMs"], answeredBy: AnsweredBy(column: row["answeredBy"]), endedMs: row["endedMs"],
            endCause: row["endCause"], endStatus: row["endStatus"], explanation: row["explanation"],
            recording: row["recording"],
            recorded: try recorded.map { try JSONDecoder().decode(RecordingRecord.self, from: Data($0.utf8)) },
            quality: try quality.map { try JSONDecoder().decode(CallStatistics.self, from: Data($0.utf8)) },
            turns: try children("turn").map { turn in
                TurnRecord(
                    who: TurnRecord.Speaker(rawValue: turn["who"]) ?? .caller, text: turn["text"],
                    startMs: turn["startMs"], endMs: turn["endMs"], interrupted: turn["interrupted"])
            },
            dtmf: try children("key").map { key in
                KeyRecord(
                    digit: key["digit"], direction: KeyRecord.Direction(rawValue: key["direction"]) ?? .received,
                    atMs: key["atMs"], durationMs: key["durationMs"])
            },
            events: try children("event").map {
                StoredCall.Event(kind: $0["kind"], detail: $0["detail"], atMs: $0["atMs"])
            },
            notes: try children("note").map { StoredCall.Note(key: $0["key"], value: $0["value"], atMs: $0["atMs"]) },
            answers: try children("ledger").map { row in
                let steps: String = row["steps"]
                return StoredCall.Answer(
                    atMs: row["atMs"], ledger: try JSONDecoder().decode(TurnLedger.self, from: Data(steps.utf8)))
            },
            usage: usage, cost: CallCost(of: usage), summary: try digest(of: id, db))
    }

    /// Each use of a service by itself.
    private static func usage(of call: String, _ db: Database) throws -> [UsageRecord] {
        let statement = try db.cachedStatement(sql: "SELECT * FROM usage WHERE call = ? ORDER BY number")
        return try Row.fetchAll(statement, arguments: [call]).map { row in
            var usage = UsageRecord(service: row["service"])
            let kind: String? = row["kind"]
            usage.kind = kind.flatMap(ServiceKind.init(rawValue:))
            usage.inputTokens = row["inputTokens"]
            usage.cachedTokens = row["cachedTokens"]
            usage.outputTokens = row["outputTokens"]
            usage.characters = row["characters"]
            usage.audioMs = row["audioMs"]
            usage.costMicros = row["costMicros"]
            usage.currency = row["currency"]
            return usage
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CallStoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw .cannotRead(path, reason: String(describing: error))
        }
    }
}
