import Foundation
import Testing

/// The articles of the documentation, and the tests that run their code.
struct Article: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String

    var testDescription: String { name }

    static let all: [Article] = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let catalogue = root.appending(path: "Sources/RTPMedia/RTPMedia.docc")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: catalogue.path)) ?? []
        return names.sorted().filter { $0.hasSuffix(".md") }.map { name in
            Article(
                name: name,
                text: (try? String(contentsOf: catalogue.appending(path: name), encoding: .utf8)) ?? "")
        }
    }()

    /// The lines of each block of Swift, without their indentation.
    var blocks: [[String]] {
        text.components(separatedBy: "```swift\n").dropFirst().map { part in
            Self.lines(part.components(separatedBy: "```")[0])
        }
    }

    /// All lines of the tests in this folder.
    static let tested: [[String]] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".swift") }.map { name in
            lines((try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? "")
        }
    }()

    private static func lines(_ text: String) -> [String] {
        text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}

@Suite("The articles")
struct ArticleTests {
    @Test("There is one for each thing to be done")
    func areThere() {
        let names: Set = [
            "Receiving.md", "Sending.md", "Encrypting.md", "Recording.md", "Transcoding.md", "Mixing.md", "RTPMedia.md",
        ]
        #expect(names.isSubset(of: Article.all.map(\.name)))
    }

    @Test("Every block of code is run by a test, line by line as it stands", arguments: Article.all)
    func isTested(_ article: Article) {
        #expect(!article.blocks.isEmpty)
        for block in article.blocks {
            let isFound = Article.tested.contains { $0.contains(block) }
            #expect(isFound, "\(article.name) says what no test does:\n\(block.joined(separator: "\n"))")
        }
    }
}
