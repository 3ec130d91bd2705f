#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A folder that files are put into by their own names, through its descriptor: whatever becomes of the path meanwhile, and
/// whatever links somebody puts there, nothing is written elsewhere.
final class ExportFolder: Sendable {
    private let path: String
    private let descriptor: Int32
    private let replaces: Bool

    /// Makes the folder, and those above it, when it is not there. Here a link is the user's own way of saying where.
    init(path: String, replaces: Bool) throws(CallExportError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            // Whether it is there now is seen when it is opened.
            _ = unsafe mkdir(made, 0o700)
        }
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.path = path
        self.replaces = replaces
        guard descriptor >= 0 else { throw .cannotWrite(path, reason: Self.reason()) }
    }

    private init(path: String, descriptor: Int32, replaces: Bool) {
        self.path = path
        self.descriptor = descriptor
        self.replaces = replaces
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// A folder in it.
    ///
    /// - Parameter name: without a slash.
    func folder(_ name: String) throws(CallExportError) -> ExportFolder {
        if unsafe mkdirat(descriptor, name, 0o700) != 0, errno != EEXIST {
            throw .cannotWrite("\(path)/\(name)", reason: Self.reason())
        }
        let inner = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inner >= 0 else {
            if errno == ELOOP || errno == ENOTDIR { throw .isLink("\(path)/\(name)") }
            throw .cannotWrite("\(path)/\(name)", reason: Self.reason())
        }
        return ExportFolder(path: "\(path)/\(name)", descriptor: inner, replaces: replaces)
    }

    /// Whether there is anything of that name, be it a link that leads nowhere.
    func has(_ name: String) -> Bool {
        var information = stat()
        return unsafe fstatat(descriptor, name, &information, AT_SYMLINK_NOFOLLOW) == 0
    }

    func write(_ octets: [UInt8], to name: String) throws(CallExportError) {
        let file = try make(name)
        defer { _ = close(file) }
        try write(octets[...], to: file, name)
    }

    /// Copies a file, piece by piece.
    ///
    /// - Parameter source: no link, and a file.
    /// - Returns: why it can't be read.
    func copy(_ source: String, to name: String) throws(CallExportError) -> String? {
        let from = unsafe open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard from >= 0 else { return errno == ELOOP ? "it is a link" : Self.reason() }
        defer { _ = close(from) }
        var information = stat()
        guard unsafe fstat(from, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            return "it is no file"
        }
        let file = try make(name)
        defer { _ = close(file) }
        var piece = [UInt8](repeating: 0, count: 262_144)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe read(from, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return Self.reason() }
            guard count > 0 else { return nil }
            try write(piece[..<min(count, piece.count)], to: file, name)
        }
    }

    /// A new file; nobody else reads it.
    private func make(_ name: String) throws(CallExportError) -> Int32 {
        // A link of that name goes, and not what it leads to.
        if replaces { _ = unsafe unlinkat(descriptor, name, 0) }
        let file = unsafe openat(
            descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { throw .isThere("\(path)/\(name)") }
            throw .cannotWrite("\(path)/\(name)", reason: Self.reason())
        }
        return file
    }

    private func write(_ octets: ArraySlice<UInt8>, to file: Int32, _ name: String) throws(CallExportError) {
        var rest = octets
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe systemWrite(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .cannotWrite("\(path)/\(name)", reason: Self.reason()) }
            rest = rest.dropFirst(count)
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

private func systemWrite(_ descriptor: Int32, _ octets: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, octets, count)
}
