internal import GRDB
public import Telephony

extension SQLiteCallStore {
    /// The calls that a query asks for, the newest first.
    public func calls(_ query: CallQuery) async throws(CallStoreError) -> [CallSummaryRow] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func require(_ condition: String, _ values: [(any DatabaseValueConvertible)?]) {
            conditions.append(condition)
            arguments += StatementArguments(values)
        }
        if let place = query.after { require("(startedAt, id) < (?, ?)", [place.startedAt, place.id]) }
        if let from = query.from { require("startedAt >= ?", [from]) }
        if let until = query.until { require("startedAt < ?", [until]) }
        if let direction = query.direction { require("direction = ?", [direction.rawValue]) }
        if let state = query.state { require("state = ?", [state.rawValue]) }
        if let outcome = query.outcome { require("endCause = ?", [outcome]) }
        if let remote = query.remote { require("instr(remote, ?) > 0", [remote]) }
        if let words = query.words {
            require(
                """
                id IN (SELECT call FROM passage WHERE number IN (SELECT rowid FROM search WHERE search MATCH ?))
                """, [words.expression])
        }
        arguments += [max(1, min(query.limit, 1_000))]
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let (sql, bound) = (
            """
            SELECT *, (SELECT count(*) FROM turn WHERE turn.call = call.id) AS turns FROM call
            \(filter) ORDER BY startedAt DESC, id DESC LIMIT ?
            """, arguments
        )
        return try await read { db in try Row.fetchAll(db, sql: sql, arguments: bound).map { try Self.summary($0, db) }
        }
    }

    /// Writes something, and so finds out whether anything can be written.
    public func probe() async throws(CallStoreError) {
        try await write { [run] db in try db.execute(sql: "UPDATE run SET id = id WHERE id = ?", arguments: [run]) }
    }

    /// Keeps the key of a request, so that the same request has no second effect, not even after a restart.
    ///
    /// - Parameters:
    ///   - key: what the asker calls the request.
    ///   - fingerprint: the same for requests that ask for the same.
    ///   - call: what comes of the request when it is new.
    ///   - now: milliseconds since 1970; keys are forgotten after a day.
    public func reserve(
        key: String, fingerprint: String, for call: CallIdentifier, now: Int64
    ) async throws(CallStoreError) -> KeyReservation {
        try await write { db in
            try db.execute(sql: "DELETE FROM requestKey WHERE at < ?", arguments: [now - 86_400_000])
            if let row = try Row.fetchOne(db, sql: "SELECT * FROM requestKey WHERE key = ?", arguments: [key]) {
                let known: String = row["fingerprint"]
                return known == fingerprint ? .repeated(call: row["call"]) : .taken
            }
            try db.execute(
                sql: "INSERT INTO requestKey (key, fingerprint, call, at) VALUES (?, ?, ?, ?)",
                arguments: [key, fingerprint, call.text, now])
            return .new
        }
    }

    /// Gives a key back, whose request was refused in the end.
    public func release(key: String) async throws(CallStoreError) {
        try await write { db in try db.execute(sql: "DELETE FROM requestKey WHERE key = ?", arguments: [key]) }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CallStoreError) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw .cannotWrite(path, reason: String(describing: error))
        }
    }
}
