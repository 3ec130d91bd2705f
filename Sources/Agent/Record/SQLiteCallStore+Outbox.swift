internal import FoundationEssentials
internal import GRDB
internal import Telephony

/// News of calls wait here until they are delivered. They are written in the transaction of what they tell of, so that
/// neither is there without the other, whenever the process is killed.
extension SQLiteCallStore {
    private struct Letter: Encodable {
        var id: String
        var type: String
        /// Milliseconds since 1970.
        var createdAt: Int64
        var call: StoredCall
    }

    /// Puts a piece of news into the outbox.
    static func tell(_ news: CallNews, of call: String, at milliseconds: Int?, _ db: Database) throws {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM call WHERE id = ?", arguments: [call]) else { return }
        var stored = try storedCall(row, db)
        // Which keys were pressed may be a secret; who may read the record has them.
        for index in stored.dtmf.indices { stored.dtmf[index].digit = "x" }
        let createdAt = stored.startedAt + Int64(milliseconds ?? stored.endedMs ?? 0)
        let letter = Letter(id: CallIdentifier.make().text, type: news.rawValue, createdAt: createdAt, call: stored)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try db.execute(
            sql: "INSERT INTO outbox (id, call, body, writtenAt, attempts, dueAt) VALUES (?, ?, ?, ?, 0, 0)",
            arguments: [letter.id, call, try encoder.encode(letter), createdAt])
        if news == .ended { try db.execute(sql: "UPDATE call SET isTold = 1 WHERE id = ?", arguments: [call]) }
    }

    /// Tells of the calls that ended because their process did.
    static func tellInterrupted(_ db: Database) throws {
        let calls = try String.fetchAll(
            db,
            sql: """
                SELECT call.id FROM call JOIN run ON call.run = run.id
                WHERE call.state = 'interrupted' AND NOT call.isTold AND run.tells ORDER BY call.startedAt
                """)
        for call in calls { try tell(.ended, of: call, at: nil, db) }
    }

    /// What is to be delivered now: of each call the oldest, so that its news come in their order.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - limit: how many at most.
    public func letters(due now: Int64, atMost limit: Int) async throws(CallStoreError) -> [OutboxLetter] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM outbox WHERE dueAt <= ?
                    AND number IN (SELECT min(number) FROM outbox GROUP BY call) ORDER BY number LIMIT ?
                    """, arguments: [now, max(1, limit)]
            ).map { row in
                let body: Data = row["body"]
                return OutboxLetter(
                    number: row["number"], id: row["id"], body: Array(body), writtenAt: row["writtenAt"],
                    attempts: row["attempts"])
            }
        }
    }

    /// When the next of them is due, milliseconds since 1970; `nil` when nothing waits.
    public func nextLetterDue() async throws(CallStoreError) -> Int64? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT min(dueAt) FROM outbox WHERE number IN (SELECT min(number) FROM outbox GROUP BY call)")
        }
    }

    /// How many wait.
    public func lettersWaiting() async throws(CallStoreError) -> Int {
        try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox") ?? 0 }
    }

    /// Takes one out: it was delivered, or is given up.
    public func remove(_ letter: OutboxLetter) async throws(CallStoreError) {
        try await write { db in try db.execute(sql: "DELETE FROM outbox WHERE number = ?", arguments: [letter.number]) }
    }

    /// Has one tried again later.
    public func postpone(_ letter: OutboxLetter, until due: Int64) async throws(CallStoreError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE outbox SET attempts = attempts + 1, dueAt = ? WHERE number = ?",
                arguments: [due, letter.number])
        }
    }
}
