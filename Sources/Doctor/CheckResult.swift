/// What a look at one thing has shown.
public struct CheckResult: Sendable, Equatable, Codable {
    public enum Verdict: String, Sendable, Codable {
        /// It is as it should be.
        case fine
        /// Calls work, and something else won't, or not for long.
        case warning
        /// Calls will not work.
        case failure
        /// It could not be looked at.
        case unknown
    }

    /// What was looked at, e.g. `SIP port`.
    public var subject: String
    public var verdict: Verdict
    /// What was found, in a sentence.
    public var finding: String
    /// What to do about it; `nil` when there is nothing to do.
    public var fix: String?

    public init(_ subject: String, _ verdict: Verdict, _ finding: String, fix: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.finding = finding
        self.fix = fix
    }
}

extension CheckResult {
    /// One line for a person, or two with the fix.
    public var text: String {
        let sign =
            switch verdict {
            case .fine: "ok  "
            case .warning: "warn"
            case .failure: "FAIL"
            case .unknown: "?   "
            }
        let padding = String(repeating: " ", count: max(0, 16 - subject.count))
        return "\(sign)  \(subject)\(padding)  \(finding)"
            + (fix.map { "\n\(String(repeating: " ", count: 24))-> \($0)" } ?? "") + "\n"
    }
}

/// All that the doctor has found.
public struct DoctorReport: Sendable, Equatable, Codable {
    public var results: [CheckResult]

    public init(_ results: [CheckResult]) {
        self.results = results
    }

    /// Whether calls can be expected to work.
    public var isHealthy: Bool { !results.contains { $0.verdict == .failure } }

    /// The last line for a person.
    public var summary: String {
        let failures = results.count { $0.verdict == .failure }
        let warnings = results.count { $0.verdict == .warning }
        func counted(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        if failures > 0 { return "\(counted(failures, "failure")), \(counted(warnings, "warning"))." }
        return warnings > 0 ? "Calls should work; \(counted(warnings, "warning"))." : "Nothing is wrong."
    }
}
