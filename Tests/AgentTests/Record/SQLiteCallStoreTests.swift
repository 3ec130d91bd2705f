import Foundation
import Synchronization
import Telephony
import Testing

@testable import Agent

private let process = ProcessIdentity(pid: 4_711, startTicks: 99, bootID: "boot")
private let first = CallIdentifier("20260101-a1")

private func beginning(at startedAt: Int64 = 1_000) -> CallEntry {
    .began(
        CallBeginning(
            direction: .incoming, remote: CallParty(address: "sip:ada@example.com", displayName: "Ada"),
            local: CallParty(address: "sip:desk@example.com"), agent: "echo", startedAt: startedAt))
}

private func open(
    _ path: String, isAlive: Bool = true, onTrouble: @escaping @Sendable (String) -> Void = { _ in }
) throws -> SQLiteCallStore {
    try SQLiteCallStore(path: path, now: 5, process: process, isAlive: { _ in isAlive }, onTrouble: onTrouble)
}

/// One of every kind of entry.
private let wholeCall: [CallEntry] = [
    beginning(), .answered(at: 120),
    .turn(TurnRecord(who: .agent, text: "Good day.", startMs: 200, endMs: 900)),
    .key(KeyRecord(digit: "1", direction: .received, atMs: 1_000, durationMs: 80)),
    .turn(TurnRecord(who: .caller, text: "Hi \"you\"; DROP TABLE call", startMs: 1_100, endMs: 1_500)),
    .note(key: "message", value: "Ada: hello", at: 1_600),
    .event(kind: "held", detail: "", at: 1_700), .event(kind: "resumed", detail: "x", at: 1_700),
    .turn(TurnRecord(who: .agent, text: "Yes, I", startMs: 1_800, endMs: 2_000, interrupted: true)),
    .recording(path: "r/a.wav"),
    .ended(CallEnd(cause: .remoteHangUp, status: 200, explanation: "The caller hung up."), at: 2_500),
]

struct SQLiteCallStoreTests {
    @Test("A call is read back as it was written, in order")
    func whole() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("new/calls.db"))
        for entry in wholeCall { store.write(entry, of: first) }
        var quality = CallStatistics()
        quality.codec = "PCMU"
        quality.packetsReceived = 17
        store.write(.quality(quality), of: first)
        await store.flush()
        let call = try #require(try await store.call(first.text))
        #expect(call.state == .ended)
        #expect(
            call.remote == "sip:ada@example.com" && call.remoteName == "Ada" && call.local == "sip:desk@example.com")
        #expect(call.answeredMs == 120 && call.endedMs == 2_500)
        #expect(call.endCause == "remoteHangUp" && call.endStatus == 200 && call.explanation == "The caller hung up.")
        #expect(call.turns.map(\.text) == ["Good day.", "Hi \"you\"; DROP TABLE call", "Yes, I"])
        #expect(call.turns.map(\.interrupted) == [false, false, true])
        #expect(call.turns.map(\.who) == [.agent, .caller, .agent])
        #expect(call.dtmf == [KeyRecord(digit: "1", direction: .received, atMs: 1_000, durationMs: 80)])
        #expect(call.events.map(\.kind) == ["held", "resumed"])
        #expect(call.notes == [StoredCall.Note(key: "message", value: "Ada: hello", atMs: 1_600)])
        #expect(call.recording == "r/a.wav")
        #expect(call.quality == quality)
        let row = try #require(try await store.calls().first)
        #expect(row.turns == 3 && row.state == .ended && row.endedMs == 2_500)
        await store.close()
    }

    @Test("What services did for a call is read back by service with its cost, and how the recording came out")
    func usage() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        store.write(beginning(), of: first)
        var price = UsagePrices.Price()
        price.outputPerMillion = 1_000_000
        let prices = UsagePrices(currency: "EUR", services: ["a": price])
        for (service, tokens) in [("a x", 5), ("b", 7), ("a x", 6)] {
            let usage = UsageRecord(ProviderUsage(provider: service, outputTokens: tokens))
            store.write(.usage(prices.priced(usage), at: 9), of: first)
        }
        let recorded = RecordingRecord(path: "r/a.wav", failure: "No space left on device")
        store.write(.recorded(recorded, at: 10), of: first)
        await store.flush()
        let call = try #require(try await store.call(first.text))
        #expect(call.usage.map(\.service) == ["a x", "b"] && call.usage.map(\.outputTokens) == [11, 7])
        #expect(call.usage.map(\.costMicros) == [11, nil])
        #expect(call.cost?.micros == 11 && call.cost?.currency == "EUR" && call.cost?.withoutPrice == ["b"])
        #expect(call.recorded == recorded)
        let text = CallReport.show(CallTimeline(call, messages: []), timeZone: .gmt)
        #expect(
            text.contains("  used       a x: 11 tokens out, EUR 0.0000\n")
                && text.contains("  cost       EUR 0.0000, without b"))
        await store.close()
    }

    @Test("What one service did is told apart by kind of work, and the list says what each call cost")
    func kinds() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        store.write(beginning(), of: first)
        var price = UsagePrices.Price()
        price.outputPerMillion = 1_000_000
        let prices = UsagePrices(currency: "EUR", services: ["a": price])
        for (kind, tokens) in [(ServiceKind.thinking, 5), (.summary, 7), (.thinking, 6), (nil, 1)] {
            let usage = UsageRecord(ProviderUsage(provider: "a x", outputTokens: tokens), kind: kind)
            store.write(.usage(prices.priced(usage), at: 9), of: first)
        }
        await store.flush()
        let call = try #require(try await store.call(first.text))
        #expect(call.usage.map(\.kind) == [.thinking, .summary, nil])
        #expect(call.usage.map(\.outputTokens) == [11, 7, 1] && call.cost?.micros == 19)
        let row = try #require(try await store.calls(CallQuery()).first)
        #expect(row.cost == call.cost)
        let text = CallReport.show(CallTimeline(call, messages: []), timeZone: .gmt)
        #expect(text.contains("  used       a x (thinking): 11 tokens out") && text.contains("a x: 1 tokens out"))
        #expect(CallReport.list([row], timeZone: .gmt).contains("  EUR 0.0000  "))
        await store.close()
    }

    @Test("Nobody else on the machine can read the conversations")
    func isPrivate() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("calls.db"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        await store.close()
    }

    @Test("The tables are made once, and what is in them stays over openings")
    func migrations() async throws {
        let folder = try ScratchFolder()
        for round in 1...3 {
            let store = try open(folder.file("calls.db"))
            #expect(try await store.calls().count == round - 1)
            store.write(beginning(at: Int64(round)), of: CallIdentifier("call-\(round)"))
            await store.flush()
            await store.close()
        }
        let store = try open(folder.file("calls.db"))
        #expect(try await store.calls().map(\.id) == ["call-3", "call-2", "call-1"])
        #expect(try await store.calls(limit: 1).map(\.id) == ["call-3"])
        #expect(try await store.calls(before: 3).map(\.id) == ["call-2", "call-1"])
        #expect(try await store.calls(limit: -1).isEmpty)
        await store.close()
    }

    @Test("What many calls write at the same time is all kept, each in its order")
    func batching() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let id = CallIdentifier("c\(number)")
                    store.write(beginning(), of: id)
                    for at in 0..<50 { store.write(.event(kind: "e\(at)", detail: "", at: at), of: id) }
                    if number % 4 == 0 { await store.flush() }
                }
            }
        }
        await store.flush()
        for number in 0..<20 {
            let call = try #require(try await store.call("c\(number)x".replacing("x", with: "")))
            #expect(call.events.map(\.kind) == (0..<50).map { "e\($0)" })
        }
        #expect(store.trouble == SQLiteCallStore.Trouble())
        await store.close()
    }

    /// The files as they are while the store is open: what a process leaves that is killed.
    private func crash(_ folder: ScratchFolder, _ entries: [CallEntry]) async throws -> String {
        let store = try open(folder.file("calls.db"))
        for entry in entries { store.write(entry, of: first) }
        await store.flush()
        let copy = folder.file("copy.db")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.file("calls.db") + suffix, toPath: copy + suffix)
        }
        await store.close()
        return copy
    }

    @Test(
        "A killed process's calls are interrupted, and end with the last thing known of them",
        arguments: [
            (1, 0), (2, 120), (3, 900), (4, 1_000), (6, 1_600), (8, 1_700), (9, 2_000),
        ])
    func interrupted(entries: Int, end: Int) async throws {
        let folder = try ScratchFolder()
        let copy = try await crash(folder, Array(wholeCall.prefix(entries)))
        let store = try open(copy, isAlive: false)
        let call = try #require(try await store.call(first.text))
        #expect(call.state == .interrupted)
        #expect(call.endCause == "interrupted")
        #expect(call.explanation == "Trunkline stopped while the call was up.")
        #expect(call.endedMs == end)
        #expect(call.turns.count == wholeCall.prefix(entries).count { if case .turn = $0 { true } else { false } })
        await store.close()
    }

    @Test("An interrupted call never ends before it was answered")
    func answeredLast() async throws {
        let folder = try ScratchFolder()
        let copy = try await crash(
            folder, [beginning(), .event(kind: "ringing", detail: "", at: 20), .answered(at: 900)])
        let store = try open(copy, isAlive: false)
        #expect(try await store.call(first.text)?.endedMs == 900)
        await store.close()
    }

    @Test("Calls of a process that lives, and calls that have ended, are left alone", arguments: [true, false])
    func untouched(isAlive: Bool) async throws {
        let folder = try ScratchFolder()
        let copy = try await crash(folder, isAlive ? Array(wholeCall.prefix(3)) : wholeCall)
        let store = try open(copy, isAlive: isAlive)
        let call = try #require(try await store.call(first.text))
        #expect(call.state == (isAlive ? .up : .ended))
        #expect(call.endedMs == (isAlive ? nil : 2_500))
        await store.close()
    }

    @Test(
        "A call is found by the beginning of its identifier, when only one begins so",
        arguments: [
            ("ab", "ab"), ("abc", "abc"), ("abcd", nil), ("abd", "abd-1"), ("x_", "x_1"), ("x", nil), ("", nil),
            ("nothing", nil), ("%", nil), ("a", nil), ("ABD", nil), ("é", "éa"),
        ] as [(String, String?)])
    func prefix(asked: String, found: String?) async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        for id in ["ab", "abc", "abc1", "abd-1", "x_1", "xy1", "éa"] where id != "abcd" {
            store.write(beginning(), of: CallIdentifier(id))
        }
        await store.flush()
        #expect(try await store.call(asked)?.id == found)
        await store.close()
    }

    @Test("An entry that can't be stored does not keep the others from being stored")
    func poison() async throws {
        let folder = try ScratchFolder()
        let sentences = Mutex<[String]>([])
        let store = try open(folder.file("calls.db")) { sentence in sentences.withLock { $0.append(sentence) } }
        var nonsense = CallStatistics()
        nonsense.estimatedMOS = .nan
        store.write(beginning(), of: first)
        store.write(.event(kind: "of no call", detail: "", at: 1), of: CallIdentifier("unknown"))
        store.write(beginning(), of: first)
        store.write(.quality(nonsense), of: first)
        store.write(.answered(at: 7), of: first)
        await store.flush()
        #expect(try await store.call(first.text)?.answeredMs == 7)
        #expect(store.trouble.dropped == 3)
        #expect(store.trouble.lastReason != nil)
        #expect(!sentences.withLock { $0 }.isEmpty)
        await store.close()
    }

    @Test("After it was closed, nothing is taken and nothing hangs")
    func closed() async throws {
        let folder = try ScratchFolder()
        let store = try open(folder.file("calls.db"))
        store.write(beginning(), of: first)
        await store.close()
        store.write(.answered(at: 1), of: first)
        await store.flush()
        await store.close()
        await #expect(throws: CallStoreError.self) { try await store.calls() }
        let again = try open(folder.file("calls.db"))
        #expect(try await again.call(first.text)?.answeredMs == nil)
        await again.close()
    }

    @Test(
        "A database that can't be opened is told in a sentence with its name and what to do",
        arguments: ["/proc/none/calls.db", "/dev/null/calls.db", "folder", "text.db"])
    func cannotOpen(name: String) throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: true)
        try String(repeating: "This is no database. ", count: 100).write(
            toFile: folder.file("text.db"), atomically: true, encoding: .utf8)
        let path = name.hasPrefix("/") ? name : folder.file(name)
        let error = #expect(throws: CallStoreError.self) { _ = try open(path) }
        let sentence = try #require(error?.description)
        #expect(sentence.contains(path))
        #expect(sentence.hasSuffix("Choose another file with calls.database or --database."))
    }

    @Test("This process is alive, and one that never was is not")
    func processes() {
        let current = ProcessIdentity.current
        #expect(current.isAlive)
        var earlier = current
        earlier.startTicks -= 1
        #expect(!earlier.isAlive)
        var otherBoot = current
        otherBoot.bootID = "another"
        #expect(!otherBoot.isAlive)
        var gone = current
        gone.pid = 99_999_999
        #expect(!gone.isAlive)
    }
}
