import Foundation
import Telephony
import Testing

@testable import Agent

/// News of calls whose process is gone.
struct OutboxTests {
    private static let first = ProcessIdentity(pid: 1, startTicks: 1, bootID: "boot")
    private static let second = ProcessIdentity(pid: 2, startTicks: 2, bootID: "boot")

    private func open(
        _ folder: ScratchFolder, _ process: ProcessIdentity, tells: Set<CallNews>, isAlive: Bool = false
    ) throws -> SQLiteCallStore {
        try SQLiteCallStore(
            path: folder.file("calls.db"), now: 5, tells: tells, process: process, isAlive: { _ in isAlive })
    }

    private func begin(_ id: String, in store: SQLiteCallStore) async {
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming, remote: CallParty(address: "sip:ada@example.com"),
                    local: CallParty(address: "sip:desk@example.com"), agent: "echo", startedAt: 1_000)),
            of: CallIdentifier(id))
        store.write(.answered(at: 70), of: CallIdentifier(id))
        await store.flush()
    }

    @Test("T-60: the end of a call whose process was killed is told once, whoever opens the database first")
    func killed() async throws {
        let folder = try ScratchFolder()
        let killed = try open(folder, Self.first, tells: [.ended])
        await begin("1", in: killed)
        await killed.close()
        // Somebody lists the calls meanwhile: it is they who find that the process is gone.
        let lister = try open(folder, Self.second, tells: [])
        #expect(try await lister.call("1")?.state == .interrupted)
        #expect(try await lister.lettersWaiting() == 0)
        await lister.close()
        for round in 1...2 {
            let store = try open(folder, Self.second, tells: [.ended])
            let letters = try await store.letters(due: 1, atMost: 10)
            #expect(letters.count == 1, "round \(round)")
            let news = try JSONValue(parsing: try #require(letters.first).body)
            #expect(news["type"] == "call.ended" && news["createdAt"] == 1_070)
            #expect(news["call"]?["state"] == "interrupted" && news["call"]?["endCause"] == "interrupted")
            await store.close()
        }
    }

    @Test("Calls of a process that told nobody are told to nobody, and those of one that lives are not over")
    func others() async throws {
        let folder = try ScratchFolder()
        let silent = try open(folder, Self.first, tells: [])
        await begin("1", in: silent)
        await silent.close()
        let next = try open(folder, Self.second, tells: [.ended])
        #expect(try await next.lettersWaiting() == 0)
        await begin("2", in: next)
        let beside = try open(folder, Self.second, tells: [.ended], isAlive: true)
        #expect(try await beside.lettersWaiting() == 0)
        await beside.close()
        await next.close()
    }

    @Test("What is postponed is due then, and what is removed never")
    func postponed() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder, Self.first, tells: [.started])
        await begin("1", in: store)
        let letter = try #require(try await store.letters(due: 0, atMost: 1).first)
        try await store.postpone(letter, until: 500)
        #expect(try await store.letters(due: 499, atMost: 1).isEmpty)
        #expect(try await store.nextLetterDue() == 500)
        let again = try #require(try await store.letters(due: 500, atMost: 1).first)
        #expect(again.id == letter.id && again.body == letter.body && again.attempts == 1)
        try await store.remove(again)
        #expect(try await store.nextLetterDue() == nil)
        await store.close()
    }
}
