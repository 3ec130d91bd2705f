import TelephonyPrimitives

/// The state of a subscription as a NOTIFY tells it (RFC 6665 §4.1.3).
public enum SubscriptionState: Hashable, Sendable {
    case active
    /// The subscriber has to wait for somebody's consent.
    case pending
    /// It is over. `reason` is one of RFC 6665 §4.1.3, e.g. `noresource`, `rejected`, `timeout`, `deactivated`.
    case terminated(reason: String?, retryAfter: Duration? = nil)

    /// - Parameter text: the value of Subscription-State; `nil` comes of one that can't be read.
    init?(parsing text: String) {
        let parts = text.split(separator: ";", maxSplits: 16).map(\.trimmingBlanks)
        var values: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[pair[0].trimmingBlanks.lowercased()] = pair[1].trimmingBlanks }
        }
        switch parts.first?.lowercased() {
        case "active": self = .active
        case "pending": self = .pending
        case "terminated":
            let seconds = values["retry-after"].flatMap { UInt32($0) }
            self = .terminated(
                reason: values["reason"]?.lowercased(), retryAfter: seconds.map { .seconds(Int64($0)) })
        default: return nil
        }
    }

    /// Whether it is over.
    public var isTerminated: Bool {
        if case .terminated = self { true } else { false }
    }

    func text(expiresIn seconds: Int64) -> String {
        switch self {
        case .active: "active;expires=\(seconds)"
        case .pending: "pending;expires=\(seconds)"
        case .terminated(let reason, let retryAfter):
            "terminated" + (reason.map { ";reason=\($0)" } ?? "")
                + (retryAfter.map { ";retry-after=\(Int64($0.inSeconds))" } ?? "")
        }
    }
}

/// A subscription of the peer's that we report to (RFC 6665 §4.2): made by SUBSCRIBE, or by REFER.
///
/// One NOTIFY is under way at a time; of those that wait meanwhile only the latest state is sent.
struct Notifier: Sendable {
    struct Report: Sendable {
        var state: SubscriptionState
        var body: Body?
    }

    enum Phase: Sendable {
        /// The application has not decided; the transaction of the SUBSCRIBE or REFER is open.
        case asked(ServerTransactionID)
        case active
        /// The last NOTIFY is under way.
        case closing
    }

    let id: SubscriptionID
    /// The value of Event, with its `id` where it has one.
    let event: String
    let request: Request
    /// Whether reports are wanted at all (RFC 4488).
    let wantsReports: Bool
    /// The session whose dialog it shares (RFC 5057); else it has `dialog`.
    let session: SessionID?
    var dialog: Dialog?
    var flows = FlowMemory()
    var phase: Phase
    var expiresAt: Instant
    var isBusy = false
    var waiting: Report?
    var last: Report?

    var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }
}
