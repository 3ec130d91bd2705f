import Foundation

/// Files under `Fixtures/sip`.
enum SIPFixtures {
    static let root: URL = {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        return folder.deletingLastPathComponent().appending(path: "Fixtures/sip")
    }()

    static func octets(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appending(path: path)))
    }

    /// The rows of a tab-separated table as dictionaries by the names in its first line.
    static func table(_ path: String) throws -> [[String: String]] {
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let names = lines.first ?? []
        return lines.dropFirst().map { cells in
            Dictionary(zip(names, cells + Array(repeating: "", count: max(0, names.count - cells.count)))) { one, _ in
                one
            }
        }
    }
}
