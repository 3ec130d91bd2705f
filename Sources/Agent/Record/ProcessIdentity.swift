internal import FoundationEssentials

/// One process among all that ever ran: its number, when it started and in which boot, since numbers come again.
struct ProcessIdentity: Equatable, Sendable {
    var pid: Int
    var startTicks: Int
    var bootID: String

    /// This process.
    static var current: ProcessIdentity {
        let pid = Int(ProcessInfo.processInfo.processIdentifier)
        return ProcessIdentity(pid: pid, startTicks: startTicks(of: pid) ?? 0, bootID: bootID)
    }

    /// Whether that process still runs.
    var isAlive: Bool {
        bootID == Self.bootID && Self.startTicks(of: pid) == startTicks
    }

    private static var bootID: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text.map { String($0.prefix { !$0.isWhitespace }) } ?? ""
    }

    /// Field 22 of /proc/PID/stat. The second field, the name, may have blanks and brackets in it.
    private static func startTicks(of pid: Int) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        return fields.count > 19 ? Int(fields[19]) : nil
    }
}
