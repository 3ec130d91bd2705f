import CallReplay
import Foundation
import Testing

/// Journals of real calls, kept: whatever changes, they are to be the same. Where one differs, the change was wrong, or it
/// was meant: then the call is recorded anew (docs/replay.md).
struct GoldenJournalTests {
    private static let folder: URL = {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        return folder.deletingLastPathComponent().appending(path: "Fixtures/replay")
    }()

    private static var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasSuffix(".journal") }.sorted()
    }

    @Test("A call that was recorded once is the same today", arguments: names)
    func same(name: String) throws {
        let octets = Array(try Data(contentsOf: Self.folder.appending(path: name)))
        let replay = try CallReplay(octets)
        #expect(replay.isSame, "\(replay.timeline)\n\(replay.verdict)")
        #expect(replay.remarks.isEmpty, "\(replay.remarks)")
        #expect(replay.messages > 0)
    }

    @Test("There are golden calls, and they are small")
    func some() throws {
        let sizes = try Self.names.map { try Data(contentsOf: Self.folder.appending(path: $0)).count }
        #expect(sizes.count >= 4 && sizes.reduce(0, +) < 200_000, "\(sizes)")
    }
}
