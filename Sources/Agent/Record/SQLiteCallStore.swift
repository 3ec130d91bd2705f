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
        var onEnd: (@Sendable () -> Void)?
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
    let tells: Set<CallNews>
    private let state = Mutex(State())
    private let onTrouble: @Sendable (String) -> Void

    /// Opens the database, makes it when there is none, and marks the calls of processes that are gone.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - now: milliseconds since 1970.
    ///   - tells: what of calls goes into the outbox, also of those that a process which is gone has left.
    ///   - owesDigests: whether this process sums up its calls once they are over.
    ///   - journals: the folder in which the calls of this process have journals, so that they are erased with them.
    ///   - onTrouble: told in a sentence when the database can't be written, and when it can again.
    /// - Throws: ``CallStoreError`` with the file's name and what to do.
    public convenience init(
        path: String, now: Int64, tells: Set<CallNews> = [], owesDigests: Bool = false, journals: String? = nil,
        onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CallStoreError) {
        try self.init(
            path: path, now: now, tells: tells, owesDigests: owesDigests, journals: journals, process: .current,
            isAlive: { $0.isAlive },
            onTrouble: onTrouble)
    }

    init(
        path: String, now: Int64, tells: Set<CallNews> = [], owesDigests: Bool = false, journals: String? = nil,
        process: ProcessIdentity,
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
            // What is erased leaves nothing in pages that stay in use.
            configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA secure_delete = ON") }
            pool = try DatabasePool(path: path, configuration: configuration)
            try Migrations.migrator.migrate(pool)
            run = try pool.write { db in
                try Self.markInterrupted(db, isAlive: isAlive)
                if tells.contains(.ended) { try Self.tellInterrupted(db) }
                try Self.oweDigestsOfInterrupted(db)
                try db.execute(
                    sql:
                        "INSERT INTO run (pid, startTicks, bootID, startedAt, tells, owesDigests, journals) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        process.pid, process.startTicks, process.bootID, now, tells.contains(.ended),
                        owesDigests, journals,
                    ])
                return db.lastInsertedRowID
            }
        } catch let error as CallStoreError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            throw .cannotOpen(
                path, reason: "it is read-only; let the user that Trunkline runs as write it and its folder")
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CANTOPEN && FileManager.default.fileExists(atPath: path)
        {
            throw .cannotOpen(
                path,
                reason:
                    "it or its folder can't be written; is the disk read-only? Let the user that Trunkline runs as write "
                    + "both")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw .cannotOpen(path, reason: "its disk is full; make room")
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

    /// There is something new in the outbox.
    func tellNews() { state.withLock { $0.onNews }?() }

    /// Has somebody told whenever the end of a call has been written. It must return at once.
    public func onEnd(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onEnd = body }
    }

    /// Whether something of a call is not written yet.
    public func hasWaiting(of call: CallIdentifier) -> Bool {
        state.withLock { $0.waiting.contains { $0.call == call } }
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
                    tellNews()
                }
                if batch.contains(where: { if case .ended = $0.entry { true } else { false } }) {
                    state.withLock { $0.onEnd }?()
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
                if isFirst, (error as? DatabaseError)?.resultCode == .SQLITE_BUSY {
                    onTrouble(
                        "\(path) is held by another program; trying again every second. Nothing is lost meanwhile.")
                } else if isFirst {
                    onTrouble(
                        "\(path) can't be written (\(reason)); trying again every second. Is the disk full? Make room: calls "
                            + "go on, and what is to be kept of them waits in memory.")
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
}
