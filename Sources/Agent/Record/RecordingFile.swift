#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The recording of a call on the disk. Its name is the call's identifier: a path that ends otherwise is none of ours,
/// whatever the database says, and is neither read nor erased.
struct RecordingFile {
    static let fileExtensions = ["wav", "opus"]

    let path: String
    let fileExtension: String

    /// - Returns: `nil` when that is no path of a recording of that call.
    init?(path: String, of call: String) {
        guard RecordFolderName.isPlain(call), !path.utf8.contains(0) else { return nil }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let found = Self.fileExtensions.first(where: { name == "\(call).\($0)" }) else { return nil }
        self.path = path
        fileExtension = found
    }

    /// What a call is replayed from, in the folder that its process kept such in; it holds the sound, too.
    init?(journalOf call: String, in folder: String) {
        guard RecordFolderName.isPlain(call), !folder.utf8.contains(0) else { return nil }
        path = "\(folder)/\(call).journal"
        fileExtension = "journal"
    }

    enum Erasure: Equatable {
        case erased
        case wasNotThere
        case failed(String)
    }

    /// Takes the name away; of a link only the link.
    func erase() -> Erasure {
        guard unsafe unlink(path) != 0 else { return .erased }
        let reason = errno
        if reason == ENOENT || reason == ENOTDIR { return .wasNotThere }
        return .failed(unsafe String(cString: strerror(reason)))
    }
}

/// The name of the folder of a call among exported ones.
enum RecordFolderName {
    /// Whether an identifier is made of nothing but letters, digits, `-` and `_`, as all of ours are.
    static func isPlain(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count) && id.utf8.allSatisfy(isPlain)
    }

    /// The identifier, every octet that is not plain as `=` and two hexadecimal digits; `nil` for one that is too long.
    static func of(_ id: String) -> String? {
        guard !id.isEmpty, id.utf8.count <= 64 else { return nil }
        return id.utf8.reduce(into: "") { name, octet in
            if isPlain(octet) {
                name.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                name += "=" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
        }
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
