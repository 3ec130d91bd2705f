internal import FoundationEssentials
internal import GRDB
internal import Telephony

/// What became of the order to erase calls.
public struct Erasure: Sendable, Equatable {
    /// Calls that are gone, with all that was kept of them.
    public var calls: [String] = []
    /// Recordings that are gone.
    public var recordings = 0
    /// Recordings that were not where the record says.
    public var recordingsNotFound: [String] = []
    /// Calls that are still there, and why.
    public var kept: [Kept] = []
    /// Why octets of what was erased may still be in the files of the database; `nil` when none are.
    public var leftover: String?

    public struct Kept: Sendable, Equatable {
        public var call: String
        public var reason: String
    }
}

/// Calls are erased with all that was kept of them, down to the octets.
///
/// An erased row leaves its octets in pages of the file, in the write-ahead log, and in the full-text index, which notes
/// what is erased and drops it when it merges. So the index is merged, the file written anew, and the log cut to nothing.
extension SQLiteCallStore {
    private static let isOver = "state IN ('ended', 'interrupted')"
    private static let endedAt = "startedAt + coalesce(endedMs, answeredMs, 0)"

    // MARK: Which

    /// Calls that ended before a time, milliseconds since 1970; the oldest first.
    public func calls(endedBefore time: Int64) async throws(CallStoreError) -> [String] {
        try await read { db in
            try String.fetchAll(
                db, sql: "SELECT id FROM call WHERE \(Self.isOver) AND \(Self.endedAt) < ? ORDER BY startedAt, id",
                arguments: [time])
        }
    }

    /// Calls from or to somebody, those that are not over included; the oldest first.
    public func calls(with party: PhoneParty) async throws(CallStoreError) -> [String] {
        try await read { db in
            var found: [String] = []
            let rows = try Row.fetchCursor(
                db, sql: "SELECT id, remote, remoteName, local FROM call ORDER BY startedAt, id")
            while let row = try rows.next() {
                let names: [String?] = [row["remote"], row["remoteName"], row["local"]]
                let isMeant = names.contains { name in
                    name.flatMap(PhoneParty.init).map { $0.isMeant(by: party) } ?? false
                }
                if isMeant { found.append(row["id"]) }
            }
            return found
        }
    }

    // MARK: Erasing

    /// Erases calls that are over, and leaves others as they are.
    public func erase(_ ids: [String]) async throws(CallStoreError) -> Erasure {
        await flush()
        var erasure = Erasure()
        for start in stride(from: 0, to: ids.count, by: 200) {
            try await erase(Array(ids[start..<min(start + 200, ids.count)]), &erasure)
        }
        erasure.leftover = await sweep()
        return erasure
    }

    private func erase(_ ids: [String], _ erasure: inout Erasure) async throws(CallStoreError) {
        let found: [(id: String, isOver: Bool, recording: String?, journals: String?)] = try await read { db in
            try ids.compactMap { id in
                try Row.fetchOne(
                    db,
                    sql: """
                        SELECT call.id, \(Self.isOver) AS isOver, recording, journals
                        FROM call JOIN run ON run.id = call.run WHERE call.id = ?
                        """, arguments: [id]
                ).map { ($0["id"], $0["isOver"], $0["recording"], $0["journals"]) }
            }
        }
        var erasable: [String] = []
        var files = JournalFiles()
        for (id, isOver, path, journals) in found {
            guard isOver else {
                erasure.kept.append(Erasure.Kept(call: id, reason: "it is not over"))
                continue
            }
            // The file first: without its row nobody would know of it any more.
            if let reason = Self.eraseRecording(path, of: id, &erasure)
                ?? Self.eraseJournals(of: id, in: journals, &files)
            {
                erasure.kept.append(Erasure.Kept(call: id, reason: reason))
            } else {
                erasable.append(id)
            }
        }
        guard !erasable.isEmpty else { return }
        let erased: [String] = try await write { [erasable] db in
            try db.execute(sql: "INSERT OR IGNORE INTO unswept (one) VALUES (1)")
            return try erasable.filter { id in
                try db.execute(sql: "DELETE FROM call WHERE id = ? AND \(Self.isOver)", arguments: [id])
                guard db.changesCount > 0 else { return false }
                try db.execute(sql: "DELETE FROM requestKey WHERE call = ?", arguments: [id])
                try Self.eraseFromCampaigns(id, db)
                return true
            }
        }
        erasure.calls += erased
    }

    /// A campaign keeps how many were called and what it cost, and no more whom, once it is done with them.
    private static func eraseFromCampaigns(_ call: String, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE campaignTarget SET destination = 'erased ' || number, variables = '{}' WHERE state = 'done' AND number IN
                    (SELECT target FROM campaignAttempt WHERE campaignAttempt.call = ?)
                """, arguments: [call])
        try db.execute(sql: "UPDATE campaignTarget SET call = NULL WHERE call = ?", arguments: [call])
        try db.execute(
            sql: "UPDATE campaignAttempt SET call = 'erased ' || number WHERE call = ?", arguments: [call])
    }

    /// - Returns: why it is still there.
    private static func eraseJournals(of id: String, in folder: String?, _ files: inout JournalFiles) -> String? {
        guard let folder else { return nil }
        for file in files.files(of: id, in: folder) {
            if case .failed(let reason) = file.erase() { return "its journal \(file.path) can't be erased: \(reason)" }
        }
        return nil
    }

    /// - Returns: why it is still there.
    private static func eraseRecording(_ path: String?, of id: String, _ erasure: inout Erasure) -> String? {
        guard let path else { return nil }
        guard let file = RecordingFile(path: path, of: id) else {
            erasure.recordingsNotFound.append(path)
            return nil
        }
        switch file.erase() {
        case .erased: erasure.recordings += 1
        case .wasNotThere: erasure.recordingsNotFound.append(path)
        case .failed(let reason): return "its recording \(path) can't be erased: \(reason)"
        }
        return nil
    }

    /// Erases the recordings of calls that ended before a time, and keeps the calls.
    ///
    /// - Parameter time: milliseconds since 1970.
    public func eraseRecordings(endedBefore time: Int64) async throws(CallStoreError) -> Erasure {
        await flush()
        let found: [(id: String, path: String?, journals: String?)] = try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT call.id, recording, journals FROM call JOIN run ON run.id = call.run
                    WHERE \(Self.isOver) AND (recording IS NOT NULL OR journals IS NOT NULL)
                        AND call.startedAt + coalesce(endedMs, answeredMs, 0) < ?
                    """, arguments: [time]
            ).map { ($0["id"], $0["recording"], $0["journals"]) }
        }
        var erasure = Erasure()
        var files = JournalFiles()
        let gone = found.filter { id, path, journals in
            // The journal of a call holds its sound.
            guard
                let reason = Self.eraseRecording(path, of: id, &erasure)
                    ?? Self.eraseJournals(of: id, in: journals, &files)
            else { return path != nil }
            erasure.kept.append(Erasure.Kept(call: id, reason: reason))
            return false
        }.map(\.id)
        guard !gone.isEmpty else { return erasure }
        try await write { db in
            for id in gone {
                try db.execute(sql: "UPDATE call SET recording = NULL, recorded = NULL WHERE id = ?", arguments: [id])
            }
        }
        return erasure
    }

    // MARK: Sweeping

    /// Has nothing of what was erased stay in the files.
    ///
    /// - Returns: why something may have stayed; the next one tries again.
    private func sweep() async -> String? {
        do throws(CallStoreError) {
            let isDue = try await read { db in try Int.fetchOne(db, sql: "SELECT one FROM unswept") != nil }
            guard isDue else { return nil }
            try await mergeIndex()
            try await writeOutside { db in try db.execute(sql: "VACUUM") }
            // One who reads keeps the log from being cut; nobody reads for long.
            for _ in 0..<20 {
                let isBusy = try await writeOutside { db in
                    try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 1 != 0
                }
                guard isBusy else {
                    try await write { db in try db.execute(sql: "DELETE FROM unswept") }
                    return nil
                }
                try? await Task.sleep(for: .milliseconds(250))
            }
            return "somebody reads the database all the time"
        } catch {
            switch error {
            case .cannotOpen(_, let reason), .cannotRead(_, let reason), .cannotWrite(_, let reason): return reason
            }
        }
    }

    /// Merges the full-text index, piece by piece so that others can write in between: a negative number begins, and what
    /// changes fewer than two rows has ended it (SQLite, FTS5 §6.8).
    private func mergeIndex() async throws(CallStoreError) {
        var pages = -500
        for _ in 0..<1_000_000 {
            let changes = try await write { [pages] db in
                let before = db.totalChangesCount
                try db.execute(sql: "INSERT INTO search (search, rank) VALUES ('merge', ?)", arguments: [pages])
                return db.totalChangesCount - before
            }
            if changes < 2 { return }
            pages = 500
        }
    }

    private func writeOutside<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(CallStoreError) -> Value {
        do {
            return try await pool.writeWithoutTransaction(body)
        } catch {
            throw .cannotWrite(path, reason: String(describing: error))
        }
    }
}
