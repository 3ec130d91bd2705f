import Foundation
import GRDB
import Telephony
import Testing

@testable import Agent

/// Words are found in what was said and noted, and nothing that is typed is anything but words.
struct SearchTests {
    private func filled(_ folder: ScratchFolder) async throws -> SQLiteCallStore {
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        for (number, text) in Self.sentences.enumerated() {
            let id = CallIdentifier("call-\(number)")
            store.write(
                .began(
                    CallBeginning(
                        direction: .incoming,
                        remote: CallParty(
                            address: "sip:+4930000\(number)@example.com", displayName: "Zoë Müller \(number)"),
                        local: CallParty(address: "sip:desk@example.net"), agent: "echo",
                        startedAt: Int64(number) * 1_000)), of: id)
            store.write(.turn(TurnRecord(who: .caller, text: text, startMs: 700, endMs: 900)), of: id)
        }
        store.write(.note(key: "message", value: "bring the invoice", at: 950), of: CallIdentifier("call-0"))
        await store.flush()
        return store
    }

    private static let sentences = [
        "Is the café open on Monday?", "It's ten o'clock; DROP TABLE call -- NEAR the *star* OR \"quoted\"",
        "I would like an appointment on Monday, please.", "ÅNGSTRÖM",
    ]

    private static let typings: [(String, [Int])] = [
        ("cafe", [0]), ("CAFÉ", [0]), ("monday", [2, 0]), ("Monday open", [0]), ("appointment tuesday", []),
        ("angstrom", [3]), ("invoice", [0]), ("message bring", [0]), ("zoe", [3, 2, 1, 0]), ("+49300002", [2]),
        ("sip:+49300002@example.com", [2]), ("zo", []), ("o'clock", [1]), ("😀", []), ("😀 cafe", [0]), ("", []),
        ("?", []),
        // Signs of FTS5 and SQL are words or nothing.
        ("NEAR", [1]), ("NEAR(the star)", [1]), ("the OR monday", []), ("star*", [1]), ("mon*", []),
        ("-monday", [2, 0]),
        ("NOT monday", []), ("\"quoted\"", [1]), ("\"", []), ("quoted\" OR \"monday", []), ("text:monday", []),
        ("{text}:monday", []), ("^is", [0]), ("a\0b", []), ("'; DROP TABLE call; --", [1]), ("monday) OR (1=1", []),
        ("%", []), ("_", []), ("drop table call", [1]), ("\u{2}monday\u{3}", [2, 0]), ("\\", []),
    ]

    @Test("T-55: what is typed is taken as words, never as signs of FTS or SQL", arguments: typings)
    func words(typed: String, found: [Int]) async throws {
        let folder = try ScratchFolder()
        let store = try await filled(folder)
        var calls: [String] = []
        if let words = SearchWords(typed) {
            for passage in try await store.passages(with: words) where !calls.contains(passage.call) {
                calls.append(passage.call)
            }
            var query = CallQuery()
            query.words = words
            #expect(try await store.calls(query).map(\.id) == calls)
        }
        #expect(calls == found.map { "call-\($0)" })
        #expect(try await store.calls().count == Self.sentences.count)
        await store.close()
    }

    @Test("T-55: ten kilobytes of words are words, and more than is looked at is nothing")
    func long() async throws {
        let folder = try ScratchFolder()
        let store = try await filled(folder)
        let words = try #require(SearchWords(String(repeating: "monday ", count: 1_430)))
        #expect(try await store.passages(with: words).map(\.call) == ["call-2", "call-0"])
        let others = try #require(SearchWords((0..<1_800).map { "w\($0)" }.joined(separator: " ")))
        #expect(try await store.passages(with: others).isEmpty)
        #expect(SearchWords(String(repeating: "a", count: SearchWords.maximumOctets + 1)) == nil)
        await store.close()
    }

    @Test("A place tells the call, who said it and when, and shows the words in their sentence")
    func places() async throws {
        let folder = try ScratchFolder()
        let store = try await filled(folder)
        let found = try await store.passages(with: try #require(SearchWords("monday appointment")))
        let passage = try #require(found.first)
        #expect(found.count == 1 && passage.kind == .caller && passage.atMs == 700 && passage.startedAt == 2_000)
        #expect(passage.snippet.filter(\.isHit).map(\.text) == ["appointment", "Monday"])
        #expect(passage.snippet.map(\.text).joined() == Self.sentences[2])
        #expect(
            CallReport.places(found, timeZone: .gmt) == """
                1970-01-01 00:00:02  call-2  from Zoë Müller 2 <sip:+49300002@example.com>
                      0.7 s  caller    I would like an [appointment] on [Monday], please.
                """)
        #expect(CallReport.places([]) == "Nothing was found.")
        await store.close()
    }

    @Test("No more places are given than are wanted, the latest call first")
    func limit() async throws {
        let folder = try ScratchFolder()
        let store = try await filled(folder)
        let words = try #require(SearchWords("zoe"))
        #expect(try await store.passages(with: words, limit: 2).map(\.call) == ["call-3", "call-2"])
        #expect(try await store.passages(with: words, limit: -1).count == 1)
        await store.close()
    }

    @Test("Calls that were kept before there was a search are found by it")
    func migration() async throws {
        let folder = try ScratchFolder()
        let path = folder.file("old.db")
        let old = try DatabaseQueue(path: path)
        try Migrations.migrator.migrate(old, upTo: "5: messages")
        try await old.write { db in
            try db.execute(
                sql: """
                    INSERT INTO run (id, pid, startTicks, bootID, startedAt) VALUES (1, 1, 1, 'x', 1);
                    INSERT INTO call (id, run, direction, remote, remoteName, local, agent, state, startedAt)
                    VALUES ('old', 1, 'incoming', 'sip:ada@example.com', 'Ada Lovelace', 'sip:desk@example.com', 'echo',
                        'ended', 7);
                    INSERT INTO turn (call, who, text, startMs, endMs, interrupted)
                    VALUES ('old', 'agent', 'Our opening hours', 10, 20, 0);
                    INSERT INTO note (call, key, value, atMs) VALUES ('old', 'name', 'Byron', 30);
                    """)
        }
        try old.close()
        let store = try SQLiteCallStore(path: path, now: 5)
        for (word, kind) in [
            ("lovelace", FoundPassage.Kind.remote), ("desk", .local), ("hours", .agent), ("byron", .note),
        ] {
            let found = try await store.passages(with: try #require(SearchWords(word)))
            #expect(found.map(\.kind) == [kind])
        }
        await store.close()
    }
}
