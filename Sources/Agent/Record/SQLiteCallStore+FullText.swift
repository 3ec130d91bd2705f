internal import GRDB
internal import Telephony

extension SQLiteCallStore {
    /// Where all of the words are, in what was said, noted, and in names and addresses; the latest call first.
    ///
    /// - Parameters:
    ///   - words: what is looked for.
    ///   - limit: how many places at most.
    public func passages(with words: SearchWords, limit: Int = 20) async throws(CallStoreError) -> [FoundPassage] {
        let expression = words.expression
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT passage.call, passage.kind, passage.atMs, call.direction, call.remote, call.remoteName,
                        call.startedAt, snippet(search, 0, ?, ?, '…', 16) AS snippet
                    FROM search JOIN passage ON passage.number = search.rowid JOIN call ON call.id = passage.call
                    WHERE search MATCH ? ORDER BY call.startedAt DESC, call.id DESC, passage.number LIMIT ?
                    """,
                arguments: [
                    FoundPassage.Piece.marks.begin, FoundPassage.Piece.marks.end, expression,
                    max(1, min(limit, 10_000)),
                ]
            ).map { row in
                FoundPassage(
                    call: row["call"], direction: CallDirection(rawValue: row["direction"]) ?? .incoming,
                    remote: row["remote"], remoteName: row["remoteName"], startedAt: row["startedAt"],
                    kind: FoundPassage.Kind(rawValue: row["kind"]) ?? .note, atMs: row["atMs"],
                    snippet: FoundPassage.Piece.pieces(of: row["snippet"]))
            }
        }
    }
}
