internal import GRDB

/// Passages in a full-text index (SQLite FTS5) in memory; never changed once it is made.
final class KnowledgeIndex: Sendable {
    private let database: DatabaseQueue
    let count: Int

    /// - Throws: what SQLite says; it has no file that could be full or in the way.
    init(_ passages: [Passage]) throws {
        count = passages.count
        database = try DatabaseQueue()
        try database.write { db in
            try db.execute(
                sql: """
                    CREATE VIRTUAL TABLE passage USING fts5(
                        file UNINDEXED, heading, text, tokenize = 'unicode61 remove_diacritics 2')
                    """)
            let insertion = try db.makeStatement(sql: "INSERT INTO passage (file, heading, text) VALUES (?, ?, ?)")
            for passage in passages {
                try insertion.execute(arguments: [passage.file, passage.heading, passage.text])
            }
        }
    }

    /// The passages that fit `question` best, the best first: by BM25, in which a heading's words count twice.
    func passages(for question: String, limit: Int) async throws -> [Passage] {
        guard let pattern = QuestionWords.pattern(for: question) else { return [] }
        return try await database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT file, heading, text FROM passage WHERE passage MATCH ?
                    ORDER BY bm25(passage, 0, 2, 1), rowid LIMIT ?
                    """, arguments: [pattern, limit]
            ).map { Passage(file: $0["file"], heading: $0["heading"], text: $0["text"]) }
        }
    }
}
