internal import FoundationEssentials

/// A folder with Markdown and CSV files that an agent may look things up in, read within bounds.
struct KnowledgeFolder: Sendable {
    /// A file as it was when it was looked at.
    struct Entry: Sendable, Hashable {
        /// Within the folder.
        var path: String
        var size: Int
        /// Seconds since 1970.
        var modified: Double
    }

    /// How much is read of one folder.
    struct Bounds: Sendable {
        var files = 1_000
        var fileSize = 2_000_000
        var size = 20_000_000
        var depth = 8
        var passages = 50_000
    }

    let path: String
    var bounds = Bounds()

    /// The files there are, in the order of their names, and what was left out and why.
    ///
    /// - Throws: ``KnowledgeError`` when there is no such folder.
    func entries() throws(KnowledgeError) -> (entries: [Entry], troubles: [String]) {
        guard let root = Self.real(path), Self.kind(root) == .typeDirectory else {
            throw KnowledgeError("The folder \(path) can't be read; create it, or name another one.")
        }
        var entries: [Entry] = []
        var troubles: [String] = []
        var size = 0
        var folders: [(path: String, depth: Int)] = [("", 0)]
        while let (folder, depth) = folders.popLast() {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)") else {
                troubles.append("\(folder.isEmpty ? path : folder) can't be read.")
                continue
            }
            // What begins with a point belongs to other programs.
            for name in names.sorted() where !name.hasPrefix(".") {
                let inner = folder.isEmpty ? name : "\(folder)/\(name)"
                // A link counts when it leads to a file of the folder, as those of mounted ConfigMaps do.
                guard let whole = Self.real("\(root)/\(inner)"), whole.hasPrefix(root + "/") else {
                    troubles.append("\(inner) leads out of the folder and is left out.")
                    continue
                }
                if Self.kind("\(root)/\(inner)") == .typeDirectory {
                    if depth + 1 < bounds.depth {
                        folders.append((inner, depth + 1))
                    } else {
                        troubles.append("\(inner) is nested more than \(bounds.depth) deep and is left out.")
                    }
                    continue
                }
                guard Self.isText(name), Self.kind(whole) == .typeRegular,
                    let attributes = try? FileManager.default.attributesOfItem(atPath: whole)
                else { continue }
                let octets = Self.size(attributes[.size])
                guard octets <= bounds.fileSize else {
                    troubles.append("\(inner) has more than \(bounds.fileSize) octets and is left out; split it.")
                    continue
                }
                guard entries.count < bounds.files, size + octets <= bounds.size else {
                    troubles.append(
                        "\(inner) and what follows it is left out: at most \(bounds.files) files with "
                            + "\(bounds.size) octets are read.")
                    return (entries.sorted { $0.path < $1.path }, troubles)
                }
                size += octets
                let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                entries.append(Entry(path: inner, size: octets, modified: modified))
            }
        }
        return (entries.sorted { $0.path < $1.path }, troubles)
    }

    /// The passages of files, and what was left out and why.
    func passages(of entries: [Entry]) -> (passages: [Passage], troubles: [String]) {
        var passages: [Passage] = []
        var troubles: [String] = []
        for entry in entries {
            guard let root = Self.real(path), let whole = Self.real("\(root)/\(entry.path)"),
                whole.hasPrefix(root + "/"), let content = FileManager.default.contents(atPath: whole),
                content.count <= bounds.fileSize
            else {
                troubles.append("\(entry.path) can't be read.")
                continue
            }
            guard let text = String(validating: content, as: UTF8.self) else {
                troubles.append("\(entry.path) is no UTF-8 and is left out; save it as UTF-8.")
                continue
            }
            let plain = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
            let found =
                entry.path.lowercased().hasSuffix(".csv")
                ? TablePassages.passages(of: plain, file: entry.path)
                : MarkdownPassages.passages(of: plain, file: entry.path)
            guard passages.count + found.count <= bounds.passages else {
                troubles.append("\(entry.path) is left out: there are more than \(bounds.passages) passages.")
                continue
            }
            passages += found
        }
        return (passages, troubles)
    }

    private static func isText(_ name: String) -> Bool {
        [".md", ".markdown", ".csv"].contains { name.lowercased().hasSuffix($0) }
    }

    /// The platforms do not agree on the kind of number.
    private static func size(_ attribute: Any?) -> Int {
        if let size = attribute as? UInt64 { return Int(clamping: size) }
        if let size = attribute as? UInt { return Int(clamping: size) }
        if let size = attribute as? Int64 { return Int(clamping: size) }
        return attribute as? Int ?? Int.max
    }

    /// The path without links in it; `nil` when nothing is there.
    private static func real(_ path: String) -> String? {
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: resolved) else { return nil }
        return resolved
    }

    /// What a path is, a link as itself.
    private static func kind(_ path: String) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    }
}

/// Why nothing can be looked up.
public struct KnowledgeError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
