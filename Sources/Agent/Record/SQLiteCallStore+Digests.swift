internal import FoundationEssentials
internal import GRDB
internal import Telephony

/// Which calls are to be summed up, and what came of it. A call whose summary is owed stays so over a restart, until it is
/// made or given up.
extension SQLiteCallStore {
    /// How often a summary is tried.
    static let digestAttempts = 3
    private static let isOver = "state IN ('ended', 'interrupted')"
    private static let wasTalked = "EXISTS (SELECT 1 FROM turn WHERE turn.call = call.id)"

    /// What became of the wish to have a call summed up.
    public enum DigestOrder: Sendable, Equatable {
        case owed
        case noSuchCall
        /// It is not over.
        case isUp
        /// Nothing was said on it.
        case nothingSaid
    }

    // MARK: Owing

    /// A call has ended: its summary is owed, where this process writes them.
    static func oweDigest(of call: String, run: Int64, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO digest (call, state, attempts, dueAt)
                SELECT call.id, 'owed', 0, 0 FROM call JOIN run ON run.id = ?
                WHERE call.id = ? AND run.owesDigests AND \(wasTalked)
                """, arguments: [run, call])
    }

    /// The same for calls whose process is gone.
    static func oweDigestsOfInterrupted(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO digest (call, state, attempts, dueAt)
                SELECT call.id, 'owed', 0, 0 FROM call JOIN run ON run.id = call.run
                WHERE call.state = 'interrupted' AND run.owesDigests AND \(wasTalked)
                """)
    }

    /// Has a call summed up, anew if it was before.
    ///
    /// - Parameter call: its whole identifier.
    public func oweDigest(of call: String) async throws(CallStoreError) -> DigestOrder {
        await flush()
        return try await write { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT \(Self.isOver) AS isOver, \(Self.wasTalked) AS wasTalked FROM call WHERE id = ?",
                    arguments: [call])
            else { return .noSuchCall }
            guard row["isOver"] else { return .isUp }
            guard row["wasTalked"] else { return .nothingSaid }
            try db.execute(sql: "DELETE FROM passage WHERE call = ? AND kind = 'summary'", arguments: [call])
            try db.execute(
                sql: "INSERT OR REPLACE INTO digest (call, state, attempts, dueAt) VALUES (?, 'owed', 0, 0)",
                arguments: [call])
            return .owed
        }
    }

    // MARK: Making

    /// Calls whose summary is to be written now, the oldest order first.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - limit: how many at most.
    public func digestsOwed(due now: Int64, atMost limit: Int) async throws(CallStoreError) -> [String] {
        try await read { db in
            try String.fetchAll(
                db,
                sql: "SELECT call FROM digest WHERE state = 'owed' AND dueAt <= ? ORDER BY dueAt, rowid LIMIT ?",
                arguments: [now, max(1, limit)])
        }
    }

    /// When the next of them is due, milliseconds since 1970; `nil` when none is owed.
    public func nextDigestDue() async throws(CallStoreError) -> Int64? {
        try await read { db in try Int64.fetchOne(db, sql: "SELECT min(dueAt) FROM digest WHERE state = 'owed'") }
    }

    /// A summary is about to be asked for. It is counted before, so that one in which the process dies is not tried for ever.
    ///
    /// - Returns: the call; `nil` when its summary is not owed any more, or was tried often enough: then it is said to be
    ///   missing.
    public func beginDigest(of call: String) async throws(CallStoreError) -> StoredCall? {
        let taken: (call: StoredCall?, isTriedOut: Bool) = try await write { db in
            guard
                let attempts = try Int.fetchOne(
                    db, sql: "SELECT attempts FROM digest WHERE call = ? AND state = 'owed'", arguments: [call]),
                let row = try Row.fetchOne(db, sql: "SELECT * FROM call WHERE id = ?", arguments: [call])
            else { return (nil, false) }
            guard attempts < Self.digestAttempts else { return (nil, true) }
            try db.execute(sql: "UPDATE digest SET attempts = attempts + 1 WHERE call = ?", arguments: [call])
            return (try Self.storedCall(row, db), false)
        }
        if taken.isTriedOut {
            try await failDigest(of: call, "It was tried \(Self.digestAttempts) times.", retryAt: nil)
        }
        return taken.call
    }

    /// Keeps a summary that is owed, and what it has cost.
    ///
    /// - Parameters:
    ///   - digest: the summary.
    ///   - call: whose it is.
    ///   - usage: what services did for it.
    /// - Returns: whether it was owed still.
    @discardableResult
    public func keep(
        _ digest: CallDigest, of call: String, usage: [UsageRecord] = []
    ) async throws(CallStoreError) -> Bool {
        let isKept = try await write { [run, tells] db in
            guard
                let row = try Row.fetchOne(
                    db,
                    sql:
                        "SELECT endedMs FROM call JOIN digest ON digest.call = call.id AND digest.state = 'owed' WHERE id = ?",
                    arguments: [call])
            else { return false }
            let body = String(decoding: try JSONEncoder().encode(digest), as: UTF8.self)
            try db.execute(
                sql: "UPDATE digest SET state = ?, body = ? WHERE call = ?",
                arguments: [digest.state.rawValue, body, call])
            let endedMs: Int? = row["endedMs"]
            for record in usage { try Self.insert(.usage(record, at: endedMs ?? 0), of: call, run: run, db) }
            try db.execute(sql: "DELETE FROM passage WHERE call = ? AND kind = 'summary'", arguments: [call])
            for text in digest.passages {
                try db.execute(
                    sql: "INSERT INTO passage (call, kind, atMs, text) VALUES (?, 'summary', ?, ?)",
                    arguments: [call, endedMs ?? 0, text])
            }
            if tells.contains(.summarised) { try Self.tell(.summarised, of: call, at: nil, db) }
            return true
        }
        if isKept, tells.contains(.summarised) { tellNews() }
        return isKept
    }

    /// Nothing came of it.
    ///
    /// - Parameters:
    ///   - call: whose summary it is.
    ///   - reason: why, in a sentence.
    ///   - time: when it is tried again, milliseconds since 1970; `nil`, and after a few times: never, it is missing.
    ///   - usage: what it has cost nevertheless.
    /// - Returns: whether it is tried again.
    @discardableResult
    public func failDigest(
        of call: String, _ reason: String, retryAt time: Int64?, usage: [UsageRecord] = []
    ) async throws(CallStoreError) -> Bool {
        if let time {
            let isLeft = try await write { [run] db in
                try db.execute(
                    sql: "UPDATE digest SET dueAt = ? WHERE call = ? AND state = 'owed' AND attempts < ?",
                    arguments: [time, call, Self.digestAttempts])
                guard db.changesCount > 0 else { return false }
                for record in usage { try Self.insert(.usage(record, at: 0), of: call, run: run, db) }
                return true
            }
            if isLeft { return true }
        }
        var digest = CallDigest(.missing)
        digest.reason = PrintableText.of(String(reason.prefix(500)))
        try await keep(digest, of: call, usage: usage)
        return false
    }

    /// Gives up all that are owed: nobody is there to write them.
    ///
    /// - Parameter reason: why, in a sentence.
    /// - Returns: how many.
    @discardableResult
    public func giveUpDigests(_ reason: String) async throws(CallStoreError) -> Int {
        var count = 0
        while true {
            let owed = try await digestsOwed(due: .max, atMost: 100)
            guard !owed.isEmpty else { return count }
            for call in owed { try await failDigest(of: call, reason, retryAt: nil) }
            count += owed.count
        }
    }

    static func digest(of call: String, _ db: Database) throws -> CallDigest? {
        guard let row = try Row.fetchOne(db, sql: "SELECT state, body FROM digest WHERE call = ?", arguments: [call])
        else {
            return nil
        }
        let (state, body): (String, String?) = (row["state"], row["body"])
        guard state != CallDigest.State.owed.rawValue, let body else { return CallDigest(.owed) }
        return try JSONDecoder().decode(CallDigest.self, from: Data(body.utf8))
    }
}
