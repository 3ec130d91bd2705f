import CallReplay
import Foundation
import Synchronization
import Testing

@testable import TelephonyPrimitives

/// Keeps a journal in memory.
final class KeptJournal: JournalSink {
    private let kept: Mutex<[UInt8]>
    private let isOver = Mutex(false)

    init(of call: String = "call") {
        var writing = JournalWriting()
        writing.put(call)
        kept = Mutex(JournalRecord.magic + JournalRecord(.head, at: .zero, writing.octets).octets)
    }

    func put(_ octets: [UInt8]) { kept.withLock { $0 += octets } }

    func end() {
        guard
            !isOver.withLock({ isOver in
                defer { isOver = true }
                return isOver
            })
        else { return }
        put(JournalRecord(.end, at: .zero).octets)
    }

    var octets: [UInt8] { kept.withLock { $0 } }
}

struct JournalTests {
    @Test(
        "Every number comes out of a journal as it went in",
        arguments: [
            0, 1, -1, 63, 64, -64, -65, 1 << 40, Int64.max, Int64.min,
        ])
    func numbers(number: Int64) throws {
        var writing = JournalWriting()
        writing.put(number)
        writing.put(UInt64(bitPattern: number))
        writing.put(Duration.nanoseconds(number))
        var reading = JournalReading(writing.octets)
        #expect(try reading.number() == number)
        #expect(try reading.word() == UInt64(bitPattern: number))
        #expect(try reading.duration() == .nanoseconds(number))
        #expect(reading.isAtEnd)
    }

    @Test("A journal in a folder is its owner's alone, and ends with a mark when it gets too long")
    func folder() async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let folder = try JournalFolder(path: place.path + "/a/b", maximumOctets: 2_000) { Issue.record("\($0)") }
        let sink = folder.journal(of: "0mabc/..")
        for number in 0..<100 {
            sink.put(
                JournalRecord(.mediaKeys, at: Instant(nanoseconds: Int64(number)), Array(repeating: 1, count: 60))
                    .octets)
        }
        await folder.finish()
        let path = JournalFolder.path(of: "0mabc/..", in: place.path + "/a/b")
        #expect(path.hasSuffix("/0mabc___.journal"))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let octets = Array(try Data(contentsOf: URL(filePath: path)))
        #expect(octets.count < 2_100)
        let contents = try JournalContents(octets)
        #expect(contents.damage == nil)
        #expect(contents.records.last?.kind == .truncated)
        #expect(
            contents.records.map(\.time.nanoseconds).dropFirst().dropLast().elementsEqual(
                0..<Int64(contents.records.count - 2)))
    }

    @Test("T-08: A journal that is cut off or damaged anywhere is read as far as it goes, and never traps")
    func damage() throws {
        let octets = try Recordings.call().octets
        let whole = try JournalContents(octets).records.count
        var generator = SeededGenerator(seed: 7)
        for cut in stride(from: octets.count, to: 5, by: -max(1, octets.count / 60)) {
            let contents = try JournalContents(Array(octets.prefix(cut)))
            #expect(contents.records.count <= whole)
        }
        for _ in 0..<60 {
            var damaged = octets
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = Int.random(in: 5..<damaged.count, using: &generator)
                damaged[place] = UInt8.random(in: .min ... .max, using: &generator)
            }
            _ = try? CallReplay(damaged)
        }
        #expect(throws: JournalError.self) { try CallReplay(Array("GET / HTTP/1.1".utf8)) }
        #expect(throws: JournalError.self) { try CallReplay(Array("TRKJ".utf8) + [9]) }
    }
}
