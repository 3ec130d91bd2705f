internal import TrunklineConfiguration

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whether the process may open as many files and sockets as its calls need.
struct DescriptorsCheck {
    /// Of a call: two sockets, a recording, and a connection or two of its agent.
    private static let perCall = 5
    /// Of the process: listeners, database, log, speech parts.
    private static let ofProcess = 100

    private let settings: Configuration

    init(_ settings: Configuration) {
        self.settings = settings
    }

    func results() -> [CheckResult] {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        return [Self.judge(limit: Int(clamping: limit.rlim_cur), calls: settings.calls.maximum)]
    }

    static func judge(limit: Int, calls: Int) -> CheckResult {
        let (needed, isTooMany) = calls.multipliedReportingOverflow(by: perCall)
        guard !isTooMany, needed <= limit - ofProcess else {
            return CheckResult(
                "open files", .warning,
                "\(limit) files and sockets may be open, enough for about \(max(0, limit - ofProcess) / perCall) calls; "
                    + "calls.maximum is \(calls).",
                fix: "Raise it (`ulimit -n 65536`, LimitNOFILE=65536 for systemd), or lower calls.maximum.")
        }
        return CheckResult("open files", .fine, "\(limit) may be open, enough for \(calls) calls.")
    }
}
