import Foundation
import Telephony
import Testing

@testable import Agent

/// Calls are found by time, direction, state, outcome and number, page by page.
struct CallQueryTests {
    /// Ten calls, one a second; every other one is ours.
    private func filled(_ folder: ScratchFolder) async throws -> SQLiteCallStore {
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        for number in 0..<10 {
            let id = CallIdentifier("call-\(number)")
            store.write(
                .began(
                    CallBeginning(
                        direction: number.isMultiple(of: 2) ? .incoming : .outgoing,
                        remote: CallParty(address: "sip:+4930\(number)@example.com"),
                        local: CallParty(address: "sip:desk@example.com"), agent: "echo",
                        startedAt: Int64(number) * 1_000)), of: id)
            store.write(.answered(at: 1), of: id)
            guard number < 8 else { continue }
            let cause: CallEnd.Cause = number < 4 ? .remoteHangUp : .noAnswer
            store.write(.ended(CallEnd(cause: cause, explanation: "Over."), at: 2), of: id)
        }
        await store.flush()
        return store
    }

    private static let queries: [(String, @Sendable (inout CallQuery) -> Void, [Int])] = [
        ("all", { _ in }, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("limit", { $0.limit = 2 }, [9, 8]),
        ("limit of nothing", { $0.limit = -3 }, [9]),
        ("from", { $0.from = 8_000 }, [9, 8]),
        ("until", { $0.until = 2_000 }, [1, 0]),
        ("direction", { $0.direction = .outgoing }, [9, 7, 5, 3, 1]),
        ("state", { $0.state = .up }, [9, 8]),
        ("outcome", { $0.outcome = "noAnswer" }, [7, 6, 5, 4]),
        ("remote", { $0.remote = "+49303@" }, [3]),
        ("remote with marks of SQL", { $0.remote = "%' OR 1=1 --" }, []),
        ("after", { $0.after = CallQuery.Place(startedAt: 2_000, id: "call-2") }, [1, 0]),
        (
            "together",
            {
                $0.direction = .outgoing
                $0.outcome = "noAnswer"
                $0.until = 6_000
            }, [5]
        ),
    ]

    @Test("T-55: each filter finds its calls, alone and together, the newest first")
    func filters() async throws {
        let folder = try ScratchFolder()
        let store = try await filled(folder)
        for (name, change, expected) in Self.queries {
            var query = CallQuery()
            query.limit = 100
            change(&query)
            let found = try await store.calls(query).map(\.id)
            #expect(found == expected.map { "call-\($0)" }, "\(name)")
        }
        await store.close()
    }

    @Test("The pages make the whole list, also of calls that began at the same time")
    func pages() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        for number in 0..<7 {
            store.write(
                .began(
                    CallBeginning(
                        direction: .incoming, remote: CallParty(address: "sip:a@b"),
                        local: CallParty(address: "sip:c@d"), agent: "echo", startedAt: 1_000)),
                of: CallIdentifier("call-\(number)"))
        }
        await store.flush()
        var found: [String] = []
        var query = CallQuery()
        query.limit = 3
        while true {
            let page = try await store.calls(query)
            found += page.map(\.id)
            guard let last = page.last, page.count == query.limit else { break }
            query.after = CallQuery.Place(startedAt: last.startedAt, id: last.id)
        }
        #expect(found == (0..<7).reversed().map { "call-\($0)" })
        await store.close()
    }

    @Test("T-60: a key stands for one request, also after a restart, and is forgotten after a day")
    func keys() async throws {
        let folder = try ScratchFolder()
        let day: Int64 = 86_400_000
        var store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let (first, second) = (CallIdentifier("1"), CallIdentifier("2"))
        #expect(try await store.reserve(key: "k", fingerprint: "f", for: first, now: 0) == .new)
        await store.close()
        store = try SQLiteCallStore(path: folder.file("calls.db"), now: 6)
        #expect(try await store.reserve(key: "k", fingerprint: "f", for: second, now: 1) == .repeated(call: "1"))
        #expect(try await store.reserve(key: "k", fingerprint: "g", for: second, now: 2) == .taken)
        #expect(try await store.reserve(key: "other", fingerprint: "f", for: second, now: 3) == .new)
        #expect(try await store.reserve(key: "k", fingerprint: "f", for: second, now: day - 1) == .repeated(call: "1"))
        #expect(try await store.reserve(key: "k", fingerprint: "g", for: second, now: day + 1) == .new)
        try await store.release(key: "k")
        #expect(try await store.reserve(key: "k", fingerprint: "f", for: first, now: day + 2) == .new)
        await store.close()
    }

    @Test("T-55: a database that can't be written any more is found out by trying")
    func probe() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        try await store.probe()
        await store.close()
        await #expect(throws: CallStoreError.self) { try await store.probe() }
    }
}
