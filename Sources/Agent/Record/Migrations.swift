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
        migrator.registerMigration("6: search", migrate: makeSearch)
        migrator.registerMigration("6b: usage and recordings") { db in
            try db.alter(table: "call") { $0.add(column: "recorded", .text) }
            try db.create(table: "usage") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("call", .text).notNull().references("call", onDelete: .cascade)
                table.column("atMs", .integer).notNull()
                table.column("service", .text).notNull()
                for count in ["inputTokens", "cachedTokens", "outputTokens", "characters", "audioMs", "costMicros"] {
                    table.column(count, .integer)
                }
                table.column("currency", .text)
            }
            try db.create(index: "usageByCall", on: "usage", columns: ["call"])
        }
        migrator.registerMigration("7: who answered") { db in
            try db.alter(table: "call") { $0.add(column: "answeredBy", .text) }
        }
        migrator.registerMigration("8: campaigns") { db in
            try db.create(table: "campaign") { table in
                table.primaryKey("id", .text)
                table.column("name", .text).notNull()
                table.column("state", .text).notNull()
                table.column("reason", .text)
                table.column("createdAt", .integer).notNull()
                table.column("limits", .text).notNull()
                table.column("brief", .text).notNull()
            }
            try db.create(table: "campaignTarget") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("campaign", .text).notNull().references("campaign", onDelete: .cascade)
                table.column("destination", .text).notNull()
                table.column("variables", .text).notNull()
                table.column("timezone", .text)
                table.column("priority", .integer).notNull()
                table.column("state", .text).notNull()
                table.column("attempts", .integer).notNull()
                table.column("dueAt", .integer).notNull()
                table.column("outcome", .text)
                table.column("call", .text)
                table.uniqueKey(["campaign", "destination"])
            }
            try db.create(index: "campaignTargetByState", on: "campaignTarget", columns: ["campaign", "state"])
            try db.create(table: "campaignAttempt") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("campaign", .text).notNull().references("campaign", onDelete: .cascade)
                table.column("target", .integer).notNull()
                table.column("call", .text).notNull().unique()
                table.column("run", .integer).notNull()
                table.column("at", .integer).notNull()
                table.column("outcome", .text)
                table.column("cost", .integer).notNull()
            }
            try db.create(index: "campaignAttemptByTime", on: "campaignAttempt", columns: ["campaign", "at"])
            try db.create(table: "doNotCall") { table in
                table.primaryKey("destination", .text)
                table.column("addedAt", .integer).notNull()
            }
        }
        migrator.registerMigration("9: journals") { db in
            try db.alter(table: "run") { $0.add(column: "journals", .text) }
        }
        migrator.registerMigration("10: digests and kinds of services") { db in
            try db.alter(table: "usage") { $0.add(column: "kind", .text) }
            try db.alter(table: "run") { $0.add(column: "owesDigests", .boolean).notNull().defaults(to: false) }
            try db.create(table: "digest") { table in
                table.primaryKey("call", .text).references("call", onDelete: .cascade)
                table.column("state", .text).notNull()
                table.column("attempts", .integer).notNull()
                table.column("dueAt", .integer).notNull()
                table.column("body", .text)
            }
            try db.create(index: "digestByState", on: "digest", columns: ["state", "dueAt"])
        }
        return migrator
    }

    /// Also `unswept`: calls were erased, and octets of them may still be in the files.
    ///
    /// A passage is what can be searched: a turn, a note, a side of the call. The index keeps no text of its own, and
    /// triggers keep it in step, within the transaction of what is written or erased.
    private static func makeSearch(_ db: Database) throws {
        try db.create(table: "passage") { table in
            table.autoIncrementedPrimaryKey("number")
            table.column("call", .text).notNull().references("call", onDelete: .cascade)
            table.column("kind", .text).notNull()
            table.column("atMs", .integer).notNull()
            table.column("text", .text).notNull()
        }
        try db.create(index: "passageByCall", on: "passage", columns: ["call"])
        try db.execute(
            sql: """
                CREATE VIRTUAL TABLE search USING fts5(
                    text, content='passage', content_rowid='number', tokenize='unicode61 remove_diacritics 2');
                CREATE TRIGGER passageFound AFTER INSERT ON passage BEGIN
                    INSERT INTO search (rowid, text) VALUES (new.number, new.text);
                END;
                CREATE TRIGGER passageLost AFTER DELETE ON passage BEGIN
                    INSERT INTO search (search, rowid, text) VALUES ('delete', old.number, old.text);
                END;
                """)
        try db.create(table: "unswept") { $0.primaryKey("one", .integer) }
        let sources = [
            ("call", "id, 'remote', 0, coalesce(remoteName || ' ', '') || remote"),
            ("call", "id, 'local', 0, local"),
            ("turn", "call, who, startMs, text"),
            ("note", "call, 'note', atMs, key || ': ' || value"),
        ]
        for (number, (table, values)) in sources.enumerated() {
            let insertion = "INSERT INTO passage (call, kind, atMs, text) SELECT \(values) FROM \(table)"
            try db.execute(sql: insertion)
            try db.execute(
                sql: """
                    CREATE TRIGGER passageOf\(number) AFTER INSERT ON \(table) BEGIN
                        \(insertion) WHERE rowid = new.rowid;
                    END
                    """)
        }
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
