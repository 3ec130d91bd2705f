import Foundation
import GRDB
import Telephony
import Testing

@testable import Agent

/// What is erased is gone: rows, index, files, and the octets.
struct ErasureTests {
    /// Words that stand nowhere but in the call that is erased.
    private static let planted = [
        "quibblefax", "zanzibarium", "4915550199", "Plantagenet", "card4711", "hook-4242", "outboxword", "nb-key-77",
        "eventful9", "4915550277", "Campaignella",
        "digestoria", "fieldozoic",
    ]

    private func plant(_ id: CallIdentifier, in store: SQLiteCallStore, recording: String, isOver: Bool = true) {
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming,
                    remote: CallParty(address: "sip:+4915550199@example.com", displayName: "Plantagenet"),
                    local: CallParty(address: "sip:desk@example.com"), agent: "echo", startedAt: 1_000)), of: id)
        store.write(.answered(at: 10), of: id)
        for number in 0..<40 {
            store.write(
                .turn(
                    TurnRecord(
                        who: .caller, text: "My quibblefax\(number) is zanzibarium, outboxword.", startMs: number,
                        endMs: number)),
                of: id)
        }
        store.write(.note(key: "number", value: "card4711", at: 20), of: id)
        store.write(.event(kind: "tool", detail: "eventful9", at: 30), of: id)
        store.write(.key(KeyRecord(digit: "7", direction: .received, atMs: 40, durationMs: 80)), of: id)
        store.write(
            .message(
                MessageRecord(
                    atMicroseconds: 1, isReceived: true, transport: "udp", local: "192.0.2.1:5060",
                    remote: "192.0.2.2:5060", octets: Array("INVITE sip:x SIP/2.0\r\nCall-ID: hook-4242\r\n\r\n".utf8))),
            of: id)
        store.write(.recording(path: recording), of: id)
        if isOver {
            store.write(.ended(CallEnd(cause: .remoteHangUp, explanation: "The caller hung up."), at: 2_500), of: id)
        }
    }

    private func others(_ count: Int, in store: SQLiteCallStore) {
        for number in 0..<count {
            let id = CallIdentifier("other-\(number)")
            store.write(
                .began(
                    CallBeginning(
                        direction: .incoming, remote: CallParty(address: "sip:bob@example.com"),
                        local: CallParty(address: "sip:desk@example.com"), agent: "echo", startedAt: Int64(number))),
                of: id)
            for turn in 0..<10 {
                store.write(
                    .turn(
                        TurnRecord(
                            who: .agent, text: "Sentence \(number * 10 + turn) of others", startMs: turn, endMs: turn)),
                    of: id)
            }
            store.write(.ended(CallEnd(cause: .remoteHangUp, explanation: "Over."), at: 100), of: id)
        }
    }

    /// Which of the words are anywhere in the folder, in names or in octets.
    private func left(in folder: ScratchFolder) throws -> [String] {
        var found: Set<String> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let octets = FileManager.default.contents(atPath: folder.file(name)) ?? Data()
            for word in Self.planted where octets.range(of: Data(word.utf8)) != nil || name.contains(word) {
                found.insert(word)
            }
        }
        return found.sorted()
    }

    @Test("T-53: nothing is left of an erased call: rows, index, log and recording are grepped for its words")
    func complete() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(
            path: folder.file("calls.db"), now: 5, tells: Set(CallNews.allCases), journals: folder.path)
        let id = CallIdentifier("planted-1")
        // The call is one of a campaign, and is kept in a journal as well.
        try await store.add(
            StoredCampaign(id: "c", name: "c", createdAt: 1),
            targets: [CampaignTarget(to: "+4915550277", variables: ["name": "Campaignella"])])
        let target = try #require(try await store.targets(ofCampaign: "c").first?.number)
        #expect(try await store.beginAttempt(target, ofCampaign: "c", as: id, at: 7))
        try await store.endAttempt(target, as: id, .human, cost: 1_200, due: nil)
        // So has the call by which its caller was put through.
        for name in ["planted-1", "planted-1-2x"] {
            try "zanzibarium".write(toFile: folder.file("\(name).journal"), atomically: true, encoding: .utf8)
        }
        try "another's".write(toFile: folder.file("planted-10.journal"), atomically: true, encoding: .utf8)
        others(60, in: store)
        let recording = folder.file("planted-1.wav")
        try "zanzibarium".write(toFile: recording, atomically: true, encoding: .utf8)
        plant(id, in: store, recording: recording)
        await store.flush()
        #expect(try await store.oweDigest(of: id.text) == .owed)
        var digest = CallDigest(.made)
        digest.text = "A digestoria of it."
        digest.fields = ["name": "fieldozoic"]
        #expect(try await store.keep(digest, of: id.text))
        _ = try await store.reserve(key: "nb-key-77", fingerprint: "f", for: id, now: 5)
        others(80, in: store)
        await store.flush()
        #expect(try left(in: folder) == Self.planted.sorted())

        let erasure = try await store.erase([id.text])
        #expect(erasure == Erasure(calls: [id.text], recordings: 1))
        // The files as they are while the store is open.
        #expect(try left(in: folder).isEmpty)
        #expect(try String(contentsOfFile: folder.file("planted-10.journal"), encoding: .utf8) == "another's")
        #expect(try await store.call(id.text) == nil)
        // What it came to and cost counts as before.
        let progress = try await store.progress(ofCampaign: "c")
        #expect(progress.done == 1 && progress.outcomes == ["human": 1] && progress.spent == 1_200)
        #expect(try await store.messages(of: id.text).isEmpty)
        for table in ["turn", "key", "event", "note", "ledger", "message", "outbox", "requestKey", "passage", "digest"]
        {
            let count = try await store.read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) WHERE call = ?", arguments: [id.text])
            }
            #expect(count == 0, "\(table)")
        }
        #expect(try await store.passages(with: try #require(SearchWords("zanzibarium"))).isEmpty)
        let check = try await store.writeAnything { db in
            try db.execute(sql: "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
            return try String.fetchOne(db, sql: "PRAGMA integrity_check")
        }
        #expect(check == "ok")
        #expect(try await store.calls(limit: 1_000).count == 80)
        #expect(try await store.passages(with: try #require(SearchWords("799 others"))).count == 1)
        await store.close()
        #expect(try left(in: folder).isEmpty)
    }

    @Test("Every table that names a call is one from which it is erased")
    func tables() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let tables = try await store.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'call'
                    WHERE m.type = 'table' AND NOT EXISTS (
                        SELECT 1 FROM pragma_foreign_key_list(m.name) f
                        WHERE f."table" = 'call' AND f.on_delete = 'CASCADE')
                    """)
        }
        // From these it is erased by name.
        #expect(tables == ["requestKey", "campaignTarget", "campaignAttempt"])
        await store.close()
    }

    @Test("A call that is not over is never erased, whoever asks")
    func live() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let recording = folder.file("planted-1.wav")
        try "sound".write(toFile: recording, atomically: true, encoding: .utf8)
        plant(CallIdentifier("planted-1"), in: store, recording: recording, isOver: false)
        let erasure = try await store.erase(["planted-1", "unknown"])
        #expect(erasure.calls.isEmpty && erasure.kept.map(\.call) == ["planted-1"])
        #expect(FileManager.default.fileExists(atPath: recording))
        #expect(try await store.call("planted-1")?.turns.count == 40)
        #expect(try await store.calls(endedBefore: Int64.max).isEmpty)
        #expect(try await store.eraseRecordings(endedBefore: Int64.max) == Erasure())
        await store.close()
    }

    @Test("Calls are found by a number in any spelling, on either side")
    func numbers() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let parties = [
            ("sip:+4930123456@a", nil, "sip:desk@b"), ("sip:004930123456@a", nil, "sip:desk@b"),
            ("sip:anonymous@a", "+49 30 123456", "sip:desk@b"), ("sip:ada@a", nil, "tel:+4930123456"),
            ("sip:+49301234567@a", nil, "sip:desk@b"), ("sip:ada@a", "Ada", "sip:desk@b"),
        ]
        for (number, (remote, name, local)) in parties.enumerated() {
            store.write(
                .began(
                    CallBeginning(
                        direction: .incoming, remote: CallParty(address: remote, displayName: name),
                        local: CallParty(address: local), agent: "echo", startedAt: Int64(number))),
                of: CallIdentifier("c\(number)"))
        }
        await store.flush()
        #expect(
            try await store.calls(with: try #require(PhoneParty("4930123456"))) == ["c0", "c1", "c2", "c3"])
        #expect(try await store.calls(with: try #require(PhoneParty("sip:ada@a"))) == ["c3", "c5"])
        await store.close()
    }

    @Test("T-55: of a link only the link is erased, and what is not named as the call's recording is left")
    func links() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let victim = folder.file("victim.txt")
        try "keep".write(toFile: victim, atomically: true, encoding: .utf8)
        let link = folder.file("linked.wav")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: victim)
        plant(CallIdentifier("linked"), in: store, recording: link)
        plant(CallIdentifier("stranger"), in: store, recording: victim)
        plant(CallIdentifier("climber"), in: store, recording: folder.file("x/../victim.txt"))
        plant(CallIdentifier("gone"), in: store, recording: folder.file("gone.wav"))
        plant(CallIdentifier("../victim"), in: store, recording: folder.file("../victim.wav"))
        let erasure = try await store.erase(["linked", "stranger", "climber", "gone", "../victim"])
        #expect(erasure.calls.count == 5 && erasure.recordings == 1 && erasure.recordingsNotFound.count == 4)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "keep")
        #expect((try? FileManager.default.attributesOfItem(atPath: link)) == nil)
        await store.close()
    }

    @Test("A call whose recording can't be erased is kept, and says why")
    func stubborn() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        // No file can be erased by the name of a folder.
        try FileManager.default.createDirectory(atPath: folder.file("planted-1.wav"), withIntermediateDirectories: true)
        plant(CallIdentifier("planted-1"), in: store, recording: folder.file("planted-1.wav"))
        let erasure = try await store.erase(["planted-1"])
        #expect(erasure.calls.isEmpty && erasure.kept.first?.reason.contains("can't be erased") == true)
        #expect(try await store.call("planted-1") != nil)
        await store.close()
    }

    @Test("What could not be swept is swept by the next one")
    func sweptLater() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        plant(CallIdentifier("planted-1"), in: store, recording: folder.file("planted-1.wav"))
        await store.flush()
        // As after a kill between the two.
        _ = try await store.writeAnything { db in
            try db.execute(sql: "INSERT INTO unswept (one) VALUES (1); DELETE FROM call")
            return nil
        }
        #expect(try await store.erase([]) == Erasure())
        #expect(try left(in: folder).isEmpty)
        await store.close()
    }
}

extension SQLiteCallStore {
    /// For tests, with no more than text to give back.
    func writeAnything(_ body: @escaping @Sendable (Database) throws -> String?) async throws -> String? {
        try await pool.write(body)
    }
}
