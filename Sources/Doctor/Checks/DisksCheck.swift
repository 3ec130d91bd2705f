internal import Agent
internal import FoundationEssentials
internal import TrunklineConfiguration

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whether calls and recordings can be kept, and for how long there is room.
struct DisksCheck {
    private let calls: Configuration.Calls

    init(_ calls: Configuration.Calls) {
        self.calls = calls
    }

    func results() async -> [CheckResult] {
        var results = [await database(HomePath.expand(calls.database))]
        if let folder = calls.recordings.map(HomePath.expand) {
            let home = FilePath.existing(above: folder)
            results.append(
                Self.judge(
                    "recordings", folder, key: "calls.recordings",
                    isWritable: FileManager.default.isWritableFile(atPath: home), free: Self.free(at: home),
                    octetsPerHour: calls.recordingFormat == .wav ? 115_200_000 : 20_000_000))
        }
        return results
    }

    private func database(_ path: String) async -> CheckResult {
        let exists = FileManager.default.fileExists(atPath: path)
        let home = FilePath.existing(above: path)
        if exists {
            do throws(CallStoreError) {
                let store = try SQLiteCallStore(path: path, now: Int64(Date().timeIntervalSince1970 * 1_000))
                try await store.probe()
                await store.close()
            } catch {
                return CheckResult(
                    "database", .failure, "\(path) can't be written: \(error)",
                    fix: "Look at its owner and at the disk, or name another file with calls.database.")
            }
        }
        return Self.judge(
            "database", path, key: "calls.database",
            isWritable: FileManager.default.isWritableFile(atPath: home), free: Self.free(at: home), octetsPerHour: nil)
    }

    /// Octets that we may still write there.
    private static func free(at path: String) -> Int64? {
        var figures = statvfs()
        guard unsafe statvfs(path, &figures) == 0 else { return nil }
        let (octets, isTooMuch) = Int64(clamping: figures.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: figures.f_frsize))
        return isTooMuch ? .max : octets
    }

    /// - Parameter octetsPerHour: what an hour of one call takes, when that is known.
    static func judge(
        _ subject: String, _ path: String, key: String, isWritable: Bool, free: Int64?, octetsPerHour: Int64?
    ) -> CheckResult {
        guard isWritable else {
            return CheckResult(
                subject, .failure, "\(path) can't be written.",
                fix: "Give the user that runs trunkline the right to, or name another place with \(key).")
        }
        guard let free else {
            return CheckResult(subject, .unknown, "\(path) can be written; how much room there is can't be seen.")
        }
        let room = Self.text(free)
        let hours = octetsPerHour.map { free / max(1, $0) }
        let enough = hours.map { ", enough for about \($0) hours of calls" } ?? ""
        if free < 100_000_000 {
            return CheckResult(
                subject, .failure, "\(path): only \(room) are free.",
                fix: "Make room, or name a place on another disk with \(key).")
        }
        if free < 1_000_000_000 || hours.map({ $0 < 24 }) ?? false {
            return CheckResult(
                subject, .warning, "\(path): \(room) are free\(enough).",
                fix: "Make room soon, or name a place on another disk with \(key).")
        }
        return CheckResult(subject, .fine, "\(path) can be written, \(room) are free\(enough).")
    }

    static func text(_ octets: Int64) -> String {
        if octets >= 10_000_000_000 { return "\(octets / 1_000_000_000) GB" }
        if octets >= 1_000_000_000 { return "\(octets / 1_000_000_000).\(octets / 100_000_000 % 10) GB" }
        return "\(octets / 1_000_000) MB"
    }
}
