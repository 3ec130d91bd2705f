internal import FoundationEssentials
internal import GRDB
public import Telephony

/// Campaigns: whom they call, and every attempt, written before it is made.
extension SQLiteCallStore {
    /// Numbers that a campaign may have.
    public static let maximumTargets = 100_000

    /// Adds a campaign, or more numbers to one. A number that it has already is left out.
    ///
    /// - Returns: how many numbers were added.
    @discardableResult
    public func add(
        _ campaign: StoredCampaign, targets: [CampaignTarget]
    ) async throws(CallStoreError) -> Int {
        try await write { db in
            let limits = String(decoding: try JSONEncoder().encode(campaign.limits), as: UTF8.self)
            let brief = String(decoding: try JSONEncoder().encode(campaign.brief), as: UTF8.self)
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO campaign (id, name, state, createdAt, limits, brief) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [campaign.id, campaign.name, campaign.state.rawValue, campaign.createdAt, limits, brief])
            var added = 0
            for target in targets.prefix(Self.maximumTargets) {
                let variables = String(decoding: try JSONEncoder().encode(target.variables), as: UTF8.self)
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO campaignTarget
                        (campaign, destination, variables, timezone, priority, state, attempts, dueAt)
                        VALUES (?, ?, ?, ?, ?, 'waiting', 0, ?)
                        """,
                    arguments: [
                        campaign.id, target.to, variables, target.timezone, target.priority, target.dueAt,
                    ])
                added += db.changesCount
            }
            return added
        }
    }

    /// Adds a number to a campaign, which is made when there is none, in place of what was promised to it before.
    public func promise(_ target: CampaignTarget, in campaign: StoredCampaign) async throws(CallStoreError) {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM campaignTarget WHERE campaign = ? AND destination = ? AND state <> 'calling'",
                arguments: [campaign.id, target.to])
        }
        try await add(campaign, targets: [target])
    }

    /// All campaigns, the newest first.
    public func campaigns(_ state: StoredCampaign.State? = nil) async throws(CallStoreError) -> [StoredCampaign] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM campaign WHERE state = coalesce(?, state)
                    ORDER BY createdAt DESC, id DESC LIMIT 1000
                    """, arguments: [state?.rawValue]
            ).map(Self.campaign)
        }
    }

    public func campaign(_ id: String) async throws(CallStoreError) -> StoredCampaign? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM campaign WHERE id = ?", arguments: [id]).map(Self.campaign)
        }
    }

    private static func campaign(_ row: Row) throws -> StoredCampaign {
        let (limits, brief): (String, String) = (row["limits"], row["brief"])
        return StoredCampaign(
            id: row["id"], name: row["name"], state: StoredCampaign.State(rawValue: row["state"]) ?? .paused,
            reason: row["reason"], createdAt: row["createdAt"],
            limits: try JSONDecoder().decode(CampaignLimits.self, from: Data(limits.utf8)),
            brief: try JSONDecoder().decode(CampaignBrief.self, from: Data(brief.utf8)))
    }

    /// Has it run, wait or stop. What is over stays over.
    ///
    /// - Returns: whether it was not over.
    public func set(
        _ state: StoredCampaign.State, reason: String? = nil, ofCampaign id: String
    ) async throws(CallStoreError) -> Bool {
        try await write { db in
            try db.execute(
                sql: "UPDATE campaign SET state = ?, reason = ? WHERE id = ? AND state IN ('running', 'paused')",
                arguments: [state.rawValue, reason, id])
            let changed = db.changesCount > 0
            if changed, state == .cancelled {
                try db.execute(
                    sql: """
                        UPDATE campaignTarget SET state = 'done', outcome = 'cancelled' WHERE campaign = ? AND state = 'waiting'
                        """, arguments: [id])
            }
            return changed
        }
    }

    public func progress(ofCampaign id: String) async throws(CallStoreError) -> CampaignProgress {
        try await read { db in
            var progress = CampaignProgress()
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT state, outcome, count(*) AS n FROM campaignTarget WHERE campaign = ? GROUP BY state, outcome
                    """, arguments: [id])
            {
                let (state, outcome, count): (String, String?, Int) = (row["state"], row["outcome"], row["n"])
                progress.total += count
                switch CampaignTarget.State(rawValue: state) {
                case .waiting: progress.waiting += count
                case .calling: progress.calling += count
                case .done, nil:
                    progress.done += count
                    progress.outcomes[outcome ?? "failed", default: 0] += count
                }
            }
            let row = try Row.fetchOne(
                db, sql: "SELECT count(*) AS n, total(cost) AS cost FROM campaignAttempt WHERE campaign = ?",
                arguments: [id])
            progress.attempts = row?["n"] ?? 0
            progress.spent = row.map { Int64(($0["cost"] as Double).rounded()) } ?? 0
            return progress
        }
    }

    /// The numbers of a campaign, in the order in which they were given.
    ///
    /// - Parameters:
    ///   - id: of the campaign.
    ///   - state: only those that are so; `nil`: all.
    ///   - number: only those behind it.
    ///   - limit: how many at most.
    public func targets(
        ofCampaign id: String, _ state: CampaignTarget.State? = nil, after number: Int64 = 0, limit: Int = 1_000
    ) async throws(CallStoreError) -> [CampaignTarget] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM campaignTarget WHERE campaign = ? AND number > ? AND state = coalesce(?, state)
                    ORDER BY number LIMIT ?
                    """, arguments: [id, number, state?.rawValue, max(0, min(limit, Self.maximumTargets))]
            ).map { row in
                let variables: String = row["variables"]
                return CampaignTarget(
                    number: row["number"], to: row["destination"],
                    variables: try JSONDecoder().decode([String: String].self, from: Data(variables.utf8)),
                    timezone: row["timezone"], priority: row["priority"],
                    state: CampaignTarget.State(rawValue: row["state"]) ?? .done, attempts: row["attempts"],
                    dueAt: row["dueAt"], outcome: (row["outcome"] as String?).flatMap { CampaignOutcome(rawValue: $0) },
                    call: row["call"])
            }
        }
    }

    // MARK: Attempts

    /// Writes down that a number is about to be called.
    ///
    /// - Returns: whether it still waits: nobody else has begun to call it.
    public func beginAttempt(
        _ target: Int64, ofCampaign id: String, as call: CallIdentifier, at now: Int64
    ) async throws(CallStoreError) -> Bool {
        try await write { [run] db in
            try db.execute(
                sql: """
                    UPDATE campaignTarget SET state = 'calling', attempts = attempts + 1, call = ?
                    WHERE number = ? AND state = 'waiting'
                    AND EXISTS (SELECT 1 FROM campaign AS c WHERE c.id = campaignTarget.campaign AND c.state = 'running')
                    """, arguments: [call.text, target])
            guard db.changesCount == 1 else { return false }
            try db.execute(
                sql: "INSERT INTO campaignAttempt (campaign, target, call, run, at, cost) VALUES (?, ?, ?, ?, ?, 0)",
                arguments: [id, target, call.text, run, now])
            return true
        }
    }

    /// Takes an attempt back that was not made after all.
    public func withdrawAttempt(_ target: Int64, as call: CallIdentifier) async throws(CallStoreError) {
        try await write { db in
            try db.execute(sql: "DELETE FROM campaignAttempt WHERE call = ?", arguments: [call.text])
            try db.execute(
                sql: """
                    UPDATE campaignTarget SET state = 'waiting', attempts = max(0, attempts - 1), call = NULL
                    WHERE number = ? AND state = 'calling'
                    """, arguments: [target])
        }
    }

    /// Writes down what came of a call.
    ///
    /// - Parameters:
    ///   - target: the number that was called.
    ///   - call: as which call.
    ///   - outcome: what came of it.
    ///   - cost: in millionths of a unit of money.
    ///   - due: when the number is called again; `nil`: never.
    public func endAttempt(
        _ target: Int64, as call: CallIdentifier, _ outcome: CampaignOutcome, cost: Int64, due: Int64?
    ) async throws(CallStoreError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE campaignAttempt SET outcome = ?, cost = ? WHERE call = ?",
                arguments: [outcome.rawValue, cost, call.text])
            try Self.settle(target, outcome, due, db)
        }
    }

    /// A number will not be called.
    public func drop(_ target: Int64, _ outcome: CampaignOutcome) async throws(CallStoreError) {
        try await write { db in try Self.settle(target, outcome, nil, db) }
    }

    private static func settle(_ target: Int64, _ outcome: CampaignOutcome, _ due: Int64?, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE campaignTarget SET outcome = ?, dueAt = coalesce(?, dueAt),
                state = CASE WHEN ? IS NULL OR EXISTS
                    (SELECT 1 FROM campaign AS c WHERE c.id = campaignTarget.campaign AND c.state = 'cancelled') THEN 'done' ELSE 'waiting' END
                WHERE number = ?
                """, arguments: [outcome.rawValue, due, due, target])
    }

    /// When the calls of a campaign within a day were begun, the oldest first, and what all of its calls have cost.
    public func history(
        ofCampaign id: String, since: Int64
    ) async throws(CallStoreError) -> (placed: [Int64], spent: Int64) {
        try await read { db in
            let placed = try Int64.fetchAll(
                db, sql: "SELECT at FROM campaignAttempt WHERE campaign = ? AND at > ? ORDER BY at",
                arguments: [id, since])
            let spent = try Double.fetchOne(
                db, sql: "SELECT total(cost) FROM campaignAttempt WHERE campaign = ?", arguments: [id])
            return (placed, Int64((spent ?? 0).rounded()))
        }
    }

    /// Numbers that a process which is gone was calling: they are not called again, for whoever answered may have been
    /// spoken to.
    public func markInterruptedAttempts() async throws(CallStoreError) {
        try await write { [run] db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT run.id, pid, startTicks, bootID FROM run
                    JOIN campaignAttempt ON campaignAttempt.run = run.id
                    JOIN campaignTarget ON campaignTarget.call = campaignAttempt.call
                    WHERE campaignTarget.state = 'calling'
                    """)
            for row in rows {
                let process = ProcessIdentity(pid: row["pid"], startTicks: row["startTicks"], bootID: row["bootID"])
                let number: Int64 = row["id"]
                guard number != run, !process.isAlive else { continue }
                try db.execute(
                    sql: """
                        UPDATE campaignTarget SET state = 'done', outcome = 'interrupted'
                        WHERE state = 'calling' AND call IN (SELECT call FROM campaignAttempt WHERE run = ?)
                        """, arguments: [number])
                try db.execute(
                    sql: "UPDATE campaignAttempt SET outcome = 'interrupted' WHERE run = ? AND outcome IS NULL",
                    arguments: [number])
            }
        }
    }

    // MARK: Do not call

    /// - Returns: how many are new.
    @discardableResult
    public func doNotCall(_ destinations: [String], at now: Int64) async throws(CallStoreError) -> Int {
        try await write { db in
            var added = 0
            for destination in destinations {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO doNotCall (destination, addedAt) VALUES (?, ?)",
                    arguments: [destination, now])
                added += db.changesCount
            }
            return added
        }
    }

    public func mayCallAgain(_ destination: String) async throws(CallStoreError) -> Bool {
        try await write { db in
            try db.execute(sql: "DELETE FROM doNotCall WHERE destination = ?", arguments: [destination])
            return db.changesCount > 0
        }
    }

    public func isDoNotCall(_ destination: String) async throws(CallStoreError) -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM doNotCall WHERE destination = ?)", arguments: [destination])
                ?? false
        }
    }

    /// The list in order, those behind `destination`.
    public func doNotCallList(after destination: String = "", limit: Int = 1_000) async throws(CallStoreError)
        -> [String]
    {
        try await read { db in
            try String.fetchAll(
                db, sql: "SELECT destination FROM doNotCall WHERE destination > ? ORDER BY destination LIMIT ?",
                arguments: [destination, max(0, min(limit, 1_000_000))])
        }
    }
}
