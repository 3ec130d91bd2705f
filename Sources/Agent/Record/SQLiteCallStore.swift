internal import FoundationEssentials
internal import GRDB
internal import Synchronization
public import Telephony

/// Calls in an SQLite database, through one writer that gathers what comes within 100 ms.
///
/// Write-ahead logging: a process that is killed loses at most the last batch. When the database is next opened, calls
/// whose process is gone are marked ``StoredCall/State/interrupted``.
public final class SQLiteCallStore: CallStore {
    /// What went wrong with the database, and how often.
    public struct Trouble: Sendable, Equatable {
        /// Batches that could not be written at the first try.
        public var failures = 0
        /// Entries that were given up: too many waited, or the database will never take them.
        public var dropped = 0
        public var lastReason: String?
    }

    private struct State {
        var waiting: [(call: CallIdentifier, entry: CallEntry)] = []
        /// Those of the messages among them.
        var waitingOctets = 0
        var isWriting = false
        var isClosed = false
        var trouble = Trouble()
        var onNews: (@Sendable () -> Void)?
        var flushers: [CheckedContinuation<Void, Never>] = []
    }

    /// Entries that may wait while the database can't be written.
    private static let capacity = 20_000
    /// Octets of messages that may wait, and entries beyond which messages leave what is left to all else.
    private static let messageOctets = 16 << 20
    private static let messageCapacity = 10_000

    /// The file.
    public let path: String
    let pool: DatabasePool
    let run: Int64
    private let tells: Set<CallNews>
    private let state = Mutex(State())
    private let onTrouble: @Sendable (String) -> Void

    /// Opens the database, makes it when there is none, and marks the calls of processes that are gone.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - now: milliseconds since 1970.
    ///   - tells: what of calls goes into the outbox, also of those that a process which is gone has left.
    ///   - onTrouble: told in a sentence when the database can't be written, and when it can again.
    /// - Throws: ``CallStoreError`` with the file's name and what to do.
    public convenience init(
        path: String, now: Int64, tells: Set<CallNews> = [], onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CallStoreError) {
        try self.init(
            path: path, now: now, tells: tells, process: .current, isAlive: { $0.isAlive }, onTrouble: onTrouble)
    }

    init(
        path: String, now: Int64, tells: Set<CallNews> = [], process: ProcessIdentity,
        isAlive: (ProcessIdentity) -> Bool,
        onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CallStoreError) {
        self.path = path
        self.tells = tells
        self.onTrouble = onTrouble
        do {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            if !folder.isEmpty {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            if !FileManager.default.fileExists(atPath: path) {
                // Conversations are private: nobody else on the machine reads them.
                guard
                    FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                else { throw CallStoreError.cannotOpen(path, reason: "the file can't be made") }
            }
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 2
            configuration.label = "trunkline.calls"
            pool = try DatabasePool(path: path, configuration: configuration)
            try Migrations.migrator.migrate(pool)
            run = try pool.write { db in
                try Self.markInterrupted(db, isAlive: isAlive)
                if tells.contains(.ended) { try Self.tellInterrupted(db) }
                try db.execute(
                    sql: "INSERT INTO run (pid, startTicks, bootID, startedAt, tells) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        process.pid, process.startTicks, process.bootID, now, tells.contains(.ended),
                    ])
                return db.lastInsertedRowID
            }
        } catch let error as CallStoreError {
            throw error
        } catch {
            throw .cannotOpen(path, reason: String(describing: error))
        }
    }

    private static func markInterrupted(_ db: Database, isAlive: (ProcessIdentity) -> Bool) throws {
        let runs = try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT run.id, pid, startTicks, bootID FROM run JOIN call ON call.run = run.id
                WHERE call.state IN ('ringing', 'up')
                """)
        for row in runs {
            let process = ProcessIdentity(pid: row["pid"], startTicks: row["startTicks"], bootID: row["bootID"])
            guard !isAlive(process) else { continue }
            let id: Int64 = row["id"]
            // The last thing that is known of the call is the best guess of its end.
            try db.execute(
                sql: """
                    UPDATE call SET state = 'interrupted', endCause = 'interrupted',
                    explanation = 'Trunkline stopped while the call was up.', endedMs = coalesce(
                        (SELECT max(at) FROM (
                            SELECT answeredMs AS at
                            UNION ALL SELECT max(endMs) FROM turn WHERE turn.call = call.id
                            UNION ALL SELECT max(atMs) FROM event WHERE event.call = call.id
                            UNION ALL SELECT max(atMs) FROM note WHERE note.call = call.id
                            UNION ALL SELECT max(atMs) FROM key WHERE key.call = call.id)), 0)
                    WHERE run = ? AND state IN ('ringing', 'up')
                    """, arguments: [id])
        }
    }

    // MARK: Writing

    public func write(_ entry: CallEntry, of call: CallIdentifier) {
        let starts = state.withLock { state in
            guard !state.isClosed else { return false }
            if state.waiting.count >= Self.capacity, !entry.isEssential {
                state.trouble.dropped += 1
                return false
            }
            if case .message(let message) = entry {
                guard state.waitingOctets + message.octets.count <= Self.messageOctets,
                    state.waiting.count < Self.messageCapacity
                else {
                    state.trouble.dropped += 1
                    return false
                }
                state.waitingOctets += message.octets.count
            }
            state.waiting.append((call, entry))
            defer { state.isWriting = true }
            return !state.isWriting
        }
        // Unstructured: the writer works as long as there is something to write.
        if starts { Task { await self.writeAll() } }
    }

    public func flush() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard state.isWriting else { return true }
                state.flushers.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Writes what waits, and closes the database.
    public func close() async {
        await flush()
        state.withLock { $0.isClosed = true }
        try? pool.close()
    }

    /// Has somebody told whenever there is something new in the outbox. It must return at once.
    public func onNews(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onNews = body }
    }

    /// What went wrong so far.
    public var trouble: Trouble { state.withLock { $0.trouble } }

    private func writeAll() async {
        var isFailing = false
        while true {
            try? await Task.sleep(for: isFailing ? .seconds(1) : .milliseconds(100))
            let batch = state.withLock { $0.waiting }
            if batch.isEmpty {
                let flushers: [CheckedContinuation<Void, Never>]? = state.withLock { state in
                    guard state.waiting.isEmpty else { return nil }
                    state.isWriting = false
                    defer { state.flushers.removeAll() }
                    return state.flushers
                }
                guard let flushers else { continue }
                for flusher in flushers { flusher.resume() }
                return
            }
            do {
                let refused = try await pool.write { [run, tells] db in
                    try Self.insert(batch, run: run, tells: tells, db)
                }
                if batch.contains(where: { CallNews($0.entry).map(tells.contains) ?? false }) {
                    state.withLock { $0.onNews }?()
                }
                state.withLock { state in
                    state.waiting.removeFirst(min(batch.count, state.waiting.count))
                    for case (_, .message(let message)) in batch { state.waitingOctets -= message.octets.count }
                    state.trouble.dropped += refused.count
                    if let reason = refused.last { state.trouble.lastReason = reason }
                }
                if let reason = refused.first {
                    onTrouble("\(path) does not take \(refused.count) entries (\(reason)); they are lost.")
                }
                if isFailing { onTrouble("\(path) can be written again; nothing was lost.") }
                isFailing = false
            } catch {
                let isFirst = !isFailing
                isFailing = true
                let reason = String(describing: error)
                let (flushers, isClosed) = state.withLock { state in
                    state.trouble.failures += 1
                    state.trouble.lastReason = reason
                    if state.isClosed {
                        state.trouble.dropped += state.waiting.count
                        state.waiting = []
                        state.isWriting = false
                    }
                    // Nobody waits for a database that can't be written.
                    defer { state.flushers.removeAll() }
                    return (state.flushers, state.isClosed)
                }
                for flusher in flushers { flusher.resume() }
                if isClosed { return }
                if isFirst {
                    onTrouble("\(path) can't be written (\(reason)); trying again every second. Is the disk full?")
                }
            }
        }
    }

    /// Writes what can be written.
    ///
    /// - Returns: why others can't be, ever: they would keep all that follow from being written.
    private static func insert(
        _ batch: [(call: CallIdentifier, entry: CallEntry)], run: Int64, tells: Set<CallNews>, _ db: Database
    ) throws -> [String] {
        var refused: [String] = []
        for (call, entry) in batch {
            do {
                try insert(entry, of: call.text, run: run, db)
                if let news = CallNews(entry), tells.contains(news) {
                    try tell(news, of: call.text, at: entry.atMs, db)
                }
            } catch let error as DatabaseError where error.resultCode != .SQLITE_CONSTRAINT {
                throw error
            } catch {
                refused.append(String(describing: error))
            }
        }
        return refused
    }

    private static func insert(_ entry: CallEntry, of call: String, run: Int64, _ db: Database) throws {
        switch entry {
        case .began(let beginning):
            try db.execute(
                sql: """
                    INSERT INTO call (id, run, direction, remote, remoteName, local, agent, state, startedAt)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 'ringing', ?)
                    """,
                arguments: [
                    call, run, beginning.direction.rawValue, beginning.remote.address, beginning.remote.displayName,
                    beginning.local.address, beginning.agent, beginning.startedAt,
                ])
        case .answered(let at):
            try db.execute(sql: "UPDATE call SET state = 'up', answeredMs = ? WHERE id = ?", arguments: [at, call])
        case .event(let kind, let detail, let at):
            try db.execute(
                sql: "INSERT INTO event (call, kind, detail, atMs) VALUES (?, ?, ?, ?)",
                arguments: [call, kind, detail, at])
        case .turn(let turn):
            try db.execute(
                sql: "INSERT INTO turn (call, who, text, startMs, endMs, interrupted) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [call, turn.who.rawValue, turn.text, turn.startMs, turn.endMs, turn.interrupted])
        case .key(let key):
            try db.execute(
                sql: "INSERT INTO key (call, digit, direction, atMs, durationMs) VALUES (?, ?, ?, ?, ?)",
                arguments: [call, key.digit, key.direction.rawValue, key.atMs, key.durationMs])
        case .note(let key, let value, let at):
            try db.execute(
                sql: "INSERT INTO note (call, key, value, atMs) VALUES (?, ?, ?, ?)", arguments: [call, key, value, at])
        case .ledger(let ledger, let at):
            let json = String(decoding: try JSONEncoder().encode(ledger), as: UTF8.self)
            try db.execute(
                sql: "INSERT INTO ledger (call, atMs, totalMs, steps) VALUES (?, ?, ?, ?)",
                arguments: [call, at, ledger.totalMs, json])
        case .quality(let statistics):
            let json = String(decoding: try JSONEncoder().encode(statistics), as: UTF8.self)
            try db.execute(sql: "UPDATE call SET quality = ? WHERE id = ?", arguments: [json, call])
        case .message(let message):
            // The call may have been erased while its last messages came.
            try db.execute(
                sql: """
                    INSERT INTO message (call, atMicroseconds, isReceived, transport, local, remote, octets)
                    SELECT ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM call WHERE id = ?)
                    """,
                arguments: [
                    call, message.atMicroseconds, message.isReceived, message.transport, message.local,
                    message.remote, Data(message.octets), call,
                ])
        case .recording(let path):
            try db.execute(sql: "UPDATE call SET recording = ? WHERE id = ?", arguments: [path, call])
        case .ended(let end, let at):
            try db.execute(
                sql: """
                    UPDATE call SET state = 'ended', endedMs = ?, endCause = ?, endStatus = ?, explanation = ? WHERE id = ?
                    """, arguments: [at, end.cause.rawValue, end.status, end.explanation, call])
        }
    }

    // MARK: Reading

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
            ).map(Self.summary)
        }
    }

    static func summary(_ row: Row) -> CallSummaryRow {
        CallSummaryRow(
            id: row["id"], direction: CallDirection(rawValue: row["direction"]) ?? .incoming,
            remote: row["remote"], remoteName: row["remoteName"], local: row["local"], agent: row["agent"],
            state: StoredCall.State(rawValue: row["state"]) ?? .ended, startedAt: row["startedAt"],
            answeredMs: row["answeredMs"], endedMs: row["endedMs"], endCause: row["endCause"],
            turns: row["turns"])
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
        return StoredCall(
            id: id, direction: CallDirection(rawValue: row["direction"]) ?? .incoming, remote: row["remote"],
            remoteName: row["remoteName"], local: row["local"], agent: row["agent"],
            state: StoredCall.State(rawValue: row["state"]) ?? .ended, startedAt: row["startedAt"],
            answeredMs: row["answeredMs"], endedMs: row["endedMs"], endCause: row["endCause"],
            endStatus: row["endStatus"], explanation: row["explanation"], recording: row["recording"],
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
            })
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

public enum CallStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotOpen(String, reason: String)
    case cannotRead(String, reason: String)
    case cannotWrite(String, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "The call database \(path) can't be opened: \(reason). Choose another file with calls.database or --database."
        case .cannotRead(let path, let reason):
            "The call database \(path) can't be read: \(reason)."
        case .cannotWrite(let path, let reason):
            "The call database \(path) can't be written: \(reason). Is the disk full?"
        }
    }
}
