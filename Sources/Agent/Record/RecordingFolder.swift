#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A folder that recordings are written into.
public enum RecordingFolder {
    /// As much as two seconds of a recording.
    private static let length = 65_536

    /// Writes a file without a name to stay, and so finds out whether a recording could be written.
    ///
    /// - Returns: why it can't, in the words of the system.
    public static func obstacle(in folder: String) -> String? {
        let path = "\(folder)/.trunkline-\(getpid())"
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            // Somebody else is just asking the same.
            return errno == EEXIST ? nil : unsafe String(cString: strerror(errno))
        }
        defer {
            _ = close(file)
            _ = unsafe unlink(path)
        }
        let octets = [UInt8](repeating: 0, count: length)
        var done = 0
        while done < length {
            let count = unsafe octets[done...].withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return unsafe String(cString: strerror(errno)) }
            done += count
        }
        return nil
    }
}
