internal import FoundationEssentials
internal import GRDB
internal import Telephony

extension SQLiteCallStore {
    /// Writes one entry.
    static func insert(_ entry: CallEntry, of call: String, run: Int64, _ db: Database) throws {
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
            if kind == "answered by", let who = AnsweredBy(rawValue: String(detail.prefix { $0 != "," })) {
                try db.execute(
                    sql: "UPDATE call SET answeredBy = ? WHERE id = ? AND direction = 'outgoing'",
                    arguments: [who.rawValue, call])
            }
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
        case .recorded(let recording, _):
            let json = String(decoding: try JSONEncoder().encode(recording), as: UTF8.self)
            try db.execute(sql: "UPDATE call SET recorded = ? WHERE id = ?", arguments: [json, call])
        case .usage(let usage, let at):
            try db.execute(
                sql: """
                    INSERT INTO usage (call, atMs, service, kind, inputTokens, cachedTokens, outputTokens, characters,
                        audioMs, costMicros, currency) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    call, at, usage.service, usage.kind?.rawValue, usage.inputTokens, usage.cachedTokens,
                    usage.outputTokens,
                    usage.characters, usage.audioMs, usage.costMicros, usage.currency,
                ])
        case .ended(let end, let at):
            try db.execute(
                sql: """
                    UPDATE call SET state = 'ended', endedMs = ?, endCause = ?, endStatus = ?, explanation = ?,
                    answeredBy = CASE WHEN direction = 'outgoing' AND answeredMs IS NOT NULL
                        THEN coalesce(answeredBy, 'unknown') END WHERE id = ?
                    """, arguments: [at, end.cause.rawValue, end.status, end.explanation, call])
            try oweDigest(of: call, run: run, db)
        }
    }
}
