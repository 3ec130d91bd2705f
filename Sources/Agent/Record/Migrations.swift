internal import GRDB

/// The tables, step by step. A step that was released is never changed.
enum Migrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: calls") { db in
            try db.create(table: "run") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("pid", .integer).notNull()
                table.column("startTicks", .integer).notNull()
                table.column("bootID", .text).notNull()
                table.column("startedAt", .integer).notNull()
            }
            try db.create(table: "call") { table in
                table.primaryKey("id", .text)
                table.column("run", .integer).notNull().references("run")
                table.column("direction", .text).notNull()
                table.column("remote", .text).notNull()
                table.column("remoteName", .text)
                table.column("local", .text).notNull()
                table.column("agent", .text).notNull()
                table.column("state", .text).notNull()
                table.column("startedAt", .integer).notNull()
                table.column("answeredMs", .integer)
                table.column("endedMs", .integer)
                table.column("endCause", .text)
                table.column("endStatus", .integer)
                table.column("explanation", .text)
                table.column("recording", .text)
                table.column("quality", .text)
            }
            try db.create(index: "callByStart", on: "call", columns: ["startedAt"])
            for (name, columns) in children {
                try db.create(table: name) { table in
                    table.autoIncrementedPrimaryKey("number")
                    table.column("call", .text).notNull().references("call", onDelete: .cascade)
                    for (column, type) in columns { table.column(column, type).notNull() }
                }
                try db.create(index: "\(name)ByCall", on: name, columns: ["call"])
            }
        }
        migrator.registerMigration("2: ledgers") { db in
            try db.create(table: "ledger") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("call", .text).notNull().references("call", onDelete: .cascade)
                table.column("atMs", .integer).notNull()
                table.column("totalMs", .integer).notNull()
                table.column("steps", .text).notNull()
            }
            try db.create(index: "ledgerByCall", on: "ledger", columns: ["call"])
        }
        migrator.registerMigration("3: keys of requests") { db in
            try db.create(table: "requestKey") { table in
                table.primaryKey("key", .text)
                table.column("fingerprint", .text).notNull()
                table.column("call", .text).notNull()
                table.column("at", .integer).notNull()
            }
            try db.create(index: "requestKeyByTime", on: "requestKey", columns: ["at"])
        }
        migrator.registerMigration("4: outbox") { db in
            try db.alter(table: "run") { $0.add(column: "tells", .boolean).notNull().defaults(to: false) }
            try db.alter(table: "call") { $0.add(column: "isTold", .boolean).notNull().defaults(to: false) }
            try db.create(table: "outbox") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("id", .text).notNull()
                table.column("call", .text).notNull().references("call", onDelete: .cascade)
                table.column("body", .blob).notNull()
                table.column("writtenAt", .integer).notNull()
                table.column("attempts", .integer).notNull()
                table.column("dueAt", .integer).notNull()
            }
            try db.create(index: "outboxByCall", on: "outbox", columns: ["call"])
        }
        migrator.registerMigration("5: messages") { db in
            try db.create(table: "message") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("call", .text).notNull().references("call", onDelete: .cascade)
                table.column("atMicroseconds", .integer).notNull()
                table.column("isReceived", .boolean).notNull()
                table.column("transport", .text).notNull()
                table.column("local", .text).notNull()
                table.column("remote", .text).notNull()
                table.column("octets", .blob).notNull()
            }
            try db.create(index: "messageByCall", on: "message", columns: ["call"])
        }
        return migrator
    }

    private static let children: [(String, [(String, Database.ColumnType)])] = [
        (
            "turn",
            [("who", .text), ("text", .text), ("startMs", .integer), ("endMs", .integer), ("interrupted", .boolean)]
        ),
        ("key", [("digit", .text), ("direction", .text), ("atMs", .integer), ("durationMs", .integer)]),
        ("event", [("kind", .text), ("detail", .text), ("atMs", .integer)]),
        ("note", [("key", .text), ("value", .text), ("atMs", .integer)]),
    ]
}
