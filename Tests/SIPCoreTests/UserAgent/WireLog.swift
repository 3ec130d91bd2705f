import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// What crosses the wire in a test of the user agent. When the test lets go of it, the auditor reads it.
///
/// Held against our side are the rules of SIP. What session descriptions say is not: the ones here are mere tokens.
final class WireLog {
    private var records: [Trace.Record] = []
    private let judged: Set<String>
    private let location: SourceLocation
    private var excused: Set<AuditRule> = [
        .sdpWellFormed, .sdpAddressUsable, .originVersion, .mediaLinesKept, .answerMediaLines, .answerFormats,
        .answerConsistent,
    ]
    private var isOff = false
    /// The time up to which the trace goes.
    var end = Instant.zero
    /// How exact the times are: not very, when our side was woken late.
    var precision = Trace.Precision.exact
    /// Whether our side has nothing left to do: only then an answer can be missing.
    var isIdle = false

    init(judging sides: Set<String>, at location: SourceLocation) {
        judged = sides
        self.location = location
    }

    /// Lets our side break a rule in this test: its peer, or the application, makes it.
    func excuse(_ rules: AuditRule..., because reason: String) {
        if !reason.isEmpty { excused.formUnion(rules) }
    }

    /// The trace makes no sense to an auditor: strangers write into it.
    func turnOff() { isOff = true }

    func note(
        _ octets: [UInt8], over flow: Flow, from sender: String, to receiver: String, at now: Instant,
        arriving: [Instant]
    ) {
        guard let transport = WireProtocol(rawValue: flow.protocol.rawValue) else { return }
        records.append(
            Trace.Record(
                time: now, protocol: transport, source: flow.local, destination: flow.remote, sender: sender,
                receiver: receiver, octets: octets,
                fate: arriving.isEmpty ? .lost(.chance) : .delivered(at: arriving)))
    }

    deinit {
        guard !isOff, !records.isEmpty else { return }
        let rules = Set(AuditRule.all).subtracting(excused).subtracting(isIdle ? [] : [.requestAnswered])
        let trace = Trace(records: records, end: end, precision: precision)
        let violations = TraceAuditor(rules: rules).audit(trace).violations.filter { judged.contains($0.side) }
        // The whole trace is shown once, and of many findings the first: a flood must not drown the report.
        for violation in violations.prefix(5) {
            Issue.record("\(violation)", sourceLocation: location)
        }
        if !violations.isEmpty {
            Issue.record("\(violations.count) rules were broken in\n\(trace)", sourceLocation: location)
        }
    }
}
