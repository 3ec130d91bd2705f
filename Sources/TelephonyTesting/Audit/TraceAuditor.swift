import TelephonyPrimitives

/// Judges a ``Trace`` by the rules of the RFCs.
///
/// Every test that lets SIP or RTP cross a wire, virtual or real, ends with an audit:
///
/// ```swift
/// let report = TraceAuditor().audit(network.trace)
/// #expect(report.isClean, "\(report)")
/// ```
///
/// It holds against a side only what that side could know: what arrived, not what was sent to it. It reads octets by
/// itself (``WireMessage``, ``WireRTP``), so a mistake in the product's parsers can't excuse itself.
public struct TraceAuditor: Sendable {
    /// What may be broken, by whom and why.
    public var waivers: [Waiver]
    /// The timers that the sides use.
    public var timers: Timers
    /// Rules to check; all of them if not told otherwise.
    public var rules: Set<AuditRule>

    /// Sides that are proxies: they pass on what user agents say, so only ``AuditRule/ofProxies`` hold for them.
    public var proxies: Set<String>
    /// Sides that wrote the trace themselves. What others sent to them stands in it with the time at which they read it:
    /// on a busy machine that is late, and then the next copy seems to come early. Only what they sent themselves has
    /// times that can convict somebody of haste.
    public var observers: Set<String>

    /// T1 and T2 of RFC 3261 §17.
    public struct Timers: Sendable, Hashable {
        /// Round-trip time estimate.
        public var t1: Duration
        /// Longest interval between retransmissions of non-INVITE requests and INVITE responses.
        public var t2: Duration

        public init(t1: Duration = .milliseconds(500), t2: Duration = .seconds(4)) {
            self.t1 = t1
            self.t2 = t2
        }

        /// How long a transaction may take.
        var transactionLimit: Duration { t1 * 64 }
    }

    public init(
        waivers: [Waiver] = [], timers: Timers = Timers(), rules: Set<AuditRule> = Set(AuditRule.all),
        proxies: Set<String> = [], observers: Set<String> = []
    ) {
        self.proxies = proxies
        self.observers = observers
        self.waivers = waivers
        self.timers = timers
        self.rules = rules
    }

    /// Checks every rule on everything in `trace`.
    public func audit(_ trace: Trace) -> AuditReport {
        var findings = Findings()
        let signalling = AuditedSignalling(trace, timers: timers, observers: observers)
        signalling.checkGrammar(&findings)
        signalling.checkMessages(&findings)
        signalling.checkTransactions(&findings)
        signalling.checkTiming(&findings)
        signalling.checkInvites(&findings)
        signalling.checkDialogs(&findings)
        signalling.checkOfferAnswer(&findings)
        signalling.checkRefusals(&findings)
        signalling.checkReliable(&findings)
        signalling.checkSessionTimers(&findings)
        let media = AuditedMedia(trace, signalling: signalling)
        media.check(&findings)

        var report = AuditReport()
        report.messages = signalling.messages.count
        report.calls = Set(signalling.messages.compactMap(\.message.callID)).count
        report.mediaPackets = media.packets.count
        report.controlPackets = media.controls.count
        report.unreadable = trace.records.count - report.messages - report.mediaPackets - report.controlPackets
        var used: Set<Waiver> = []
        for violation in findings.violations.sorted(by: { $0.time < $1.time }) where rules.contains(violation.rule) {
            if proxies.contains(violation.side), !AuditRule.ofProxies.contains(violation.rule) { continue }
            let waiver = waivers.first {
                $0.rule == violation.rule && $0.side == violation.side && !$0.reason.isEmpty
            }
            if let waiver {
                used.insert(waiver)
                report.waived.append(violation)
            } else {
                report.violations.append(violation)
            }
        }
        report.unusedWaivers = waivers.filter { !used.contains($0) }
        return report
    }
}

/// The violations found so far.
struct Findings {
    private(set) var violations: [Violation] = []

    mutating func add(_ rule: AuditRule, _ message: AuditedMessage, _ detail: String) {
        violations.append(
            Violation(
                rule: rule, side: message.sender, time: message.sentAt, callID: message.message.callID ?? "",
                detail: detail))
    }

    mutating func add(_ rule: AuditRule, side: String, at time: Instant, callID: String, _ detail: String) {
        violations.append(Violation(rule: rule, side: side, time: time, callID: callID, detail: detail))
    }
}
