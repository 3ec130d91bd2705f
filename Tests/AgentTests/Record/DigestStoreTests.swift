import Foundation
import Telephony
import Testing

@testable import Agent

/// Summaries that are owed, over restarts too.
@Suite(.timeLimit(.minutes(1)))
struct DigestStoreTests {
    private static let first = ProcessIdentity(pid: 1, startTicks: 1, bootID: "boot")
    private static let answer =
        "{\"summary\":\"Ada booked a zebra.\",\"fields\":{\"animal\":\"zebra\",\"day\":\"soon\"}}"
    private static let fields = [DigestField(name: "animal"), DigestField(name: "day", kind: .date)]

    private func open(
        _ folder: ScratchFolder, owes: Bool = true, tells: Set<CallNews> = []
    ) throws -> SQLiteCallStore {
        try SQLiteCallStore(
            path: folder.file("calls.db"), now: 5, tells: tells, owesDigests: owes, process: Self.first,
            isAlive: { _ in false })
    }

    private func call(
        _ id: String, in store: SQLiteCallStore, says text: String? = "A zebra, please.", ends: Bool = true
    ) async {
        let call = CallIdentifier(id)
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming, remote: CallParty(address: "sip:ada@example.com"),
                    local: CallParty(address: "sip:desk@example.com"), agent: "m", startedAt: 1_000)), of: call)
        store.write(.answered(at: 1), of: call)
        if let text { store.write(.turn(TurnRecord(who: .caller, text: text, startMs: 2, endMs: 3)), of: call) }
        if ends { store.write(.ended(CallEnd(cause: .remoteHangUp, explanation: "Over."), at: 500), of: call) }
        await store.flush()
    }

    private func clerk(
        _ store: SQLiteCallStore, _ model: ScriptedModel, now: @escaping @Sendable () -> Int64 = { 10 },
        onUsage: @escaping @Sendable (UsageRecord) -> Void = { _ in }
    ) -> DigestClerk {
        var price = UsagePrices.Price()
        price.outputPerMillion = 1_000_000
        return DigestClerk(
            store: store, digester: CallDigester(model: model, fields: Self.fields, timeZone: .gmt),
            prices: UsagePrices(currency: "EUR", services: ["p": price]), wallClock: now, sleep: { _ in },
            onUsage: onUsage)
    }

    private static func answering(_ count: Int = 1) -> ScriptedModel {
        ScriptedModel(
            Array(
                repeating: [
                    .event(.text(answer)), .event(.usage(ProviderUsage(provider: "p", outputTokens: 2_000))),
                    .event(.finished(.complete)),
                ], count: count))
    }

    @Test("A call that ends is summed up: kept, priced, found, told, and shown")
    func made() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder, tells: [.summarised])
        await call("a", in: store)
        #expect(try await store.call("a")?.summary == CallDigest(.owed))
        #expect(try await store.lettersWaiting() == 0)
        let clerk = clerk(store, Self.answering())
        clerk.finish()
        await clerk.run()
        let stored = try #require(try await store.call("a"))
        #expect(stored.summary?.state == .made && stored.summary?.fields == ["animal": "zebra", "day": .null])
        #expect(stored.usage.map(\.kind) == [.summary] && stored.cost?.micros == 2_000)
        #expect(try await store.calls().first?.cost?.micros == 2_000)
        let found = try await store.passages(with: try #require(SearchWords("booked zebra")))
        #expect(found.map(\.kind) == [.summary] && found.first?.call == "a")
        let letter = try JSONValue(parsing: try #require(try await store.letters(due: 9, atMost: 9).first).body)
        #expect(letter["type"] == "call.summarised" && letter["call"]?["summary"]?["text"] == "Ada booked a zebra.")
        let text = CallReport.show(CallTimeline(stored, messages: []), timeZone: .gmt)
        #expect(
            text.contains("  summary    Ada booked a zebra.\n") && text.contains("             animal: zebra\n")
                && text.contains("day: - (What the model wrote is not a date"))
        // Anew, on request: nothing of the old one is found any more.
        #expect(try await store.oweDigest(of: "a") == .owed)
        #expect(try await store.passages(with: try #require(SearchWords("booked"))).isEmpty)
        let again = ScriptedModel([ScriptedModel.saying("{\"summary\":\"A yak.\"}")])
        #expect(try await self.clerk(store, again).writeNow("a")?.text == "A yak.")
        #expect(try await store.call("a")?.summary?.text == "A yak.")
        await store.close()
    }

    @Test("Only calls that are over and on which something was said are owed one, and only where that is wished")
    func owed() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder)
        await call("silent", in: store, says: nil)
        await call("up", in: store, ends: false)
        #expect(try await store.digestsOwed(due: .max, atMost: 9) == [])
        #expect(try await store.oweDigest(of: "silent") == .nothingSaid)
        #expect(try await store.oweDigest(of: "up") == .isUp)
        #expect(try await store.oweDigest(of: "none") == .noSuchCall)
        await store.close()
        let other = try open(folder, owes: false)
        await call("unwished", in: other)
        #expect(try await other.call("unwished")?.summary == nil)
        // That which was up when its process went is owed by now.
        #expect(try await other.digestsOwed(due: .max, atMost: 9) == ["up"])
        await other.close()
    }

    @Test("What is owed when the process dies is written by the next one, and one that kills it is given up")
    func restarts() async throws {
        let folder = try ScratchFolder()
        for round in 1...4 {
            let store = try open(folder)
            if round == 1 { await call("a", in: store) }
            // The process dies while the model writes.
            let begun = try await store.beginDigest(of: "a")
            #expect((begun != nil) == (round <= 3), "round \(round)")
            if round == 1 { await call("b", in: store, ends: false) }
            await store.close()
        }
        let store = try open(folder)
        #expect(try await store.call("a")?.summary?.state == .missing)
        #expect(try await store.call("a")?.summary?.reason == "It was tried 3 times.")
        let clerk = clerk(store, Self.answering())
        clerk.finish()
        await clerk.run()
        #expect(try await store.call("b")?.state == .interrupted)
        #expect(try await store.call("b")?.summary?.state == .made)
        await store.close()
    }

    @Test("A failure that may pass is tried again, three times in all; one that won't is said at once")
    func retries() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder)
        await call("a", in: store)
        var model = ScriptedModel([[.fail(.overloaded("busy"))]])
        var clerk = clerk(store, model)
        clerk.finish()
        await clerk.run()
        #expect(try await store.call("a")?.summary == CallDigest(.owed))
        #expect(try await store.nextDigestDue() == 30_010)
        model = ScriptedModel([[.fail(.overloaded("busy"))], [.fail(.overloaded("still busy"))]])
        clerk = self.clerk(store, model, now: { 100_000_000 })
        clerk.finish()
        await clerk.run()
        clerk = self.clerk(store, model, now: { 200_000_000 })
        clerk.finish()
        await clerk.run()
        #expect(try await store.call("a")?.summary?.reason?.contains("still busy") == true)
        await call("b", in: store)
        clerk = self.clerk(store, ScriptedModel([[.fail(.unavailable("no key"))]]))
        clerk.finish()
        await clerk.run()
        #expect(try await store.call("b")?.summary?.state == .missing)
        await call("c", in: store)
        #expect(try await store.giveUpDigests("There is no model.") == 1)
        #expect(try await store.call("c")?.summary?.reason == "There is no model.")
        #expect(try await store.nextDigestDue() == nil)
        await store.close()
    }

    @Test("A call that is erased while the model writes stays erased")
    func erased() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder, tells: [.summarised])
        await call("a", in: store)
        _ = try await store.beginDigest(of: "a")
        _ = try await store.erase(["a"])
        var digest = CallDigest(.made)
        digest.text = "zebra"
        #expect(try await store.keep(digest, of: "a", usage: [UsageRecord(ProviderUsage(provider: "p"))]) == false)
        #expect(try await store.failDigest(of: "a", "x", retryAt: 7) == false)
        #expect(try await store.lettersWaiting() == 0)
        #expect(try await store.passages(with: try #require(SearchWords("zebra"))).isEmpty)
        await store.close()
    }

    @Test("What the record has masked the model is never told")
    func masked() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder)
        var mask = RecordMask(masksKeys: true)
        _ = mask.pause(at: 1)
        let call = CallIdentifier("a")
        await self.call("a", in: store, says: nil, ends: false)
        for entry: CallEntry in [
            .turn(TurnRecord(who: .caller, text: "My card is 4711 0815.", startMs: 2, endMs: 3)),
            .note(key: "card", value: "47110815", at: 4),
        ] { store.write(mask.masked(entry), of: call) }
        store.write(.ended(CallEnd(cause: .remoteHangUp, explanation: "Over."), at: 500), of: call)
        await store.flush()
        let model = Self.answering()
        let clerk = clerk(store, model)
        clerk.finish()
        await clerk.run()
        #expect(try await store.call("a")?.summary?.state == .made)
        #expect(
            !String(describing: model.requests).contains("4711") && String(describing: model.requests).contains("•"))
        await store.close()
    }
}
