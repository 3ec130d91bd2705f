public import TelephonyPrimitives

/// What a user agent has at hand now and what it has seen so far. After every call has ended and every timer has run
/// out, each number under "live" is zero.
public struct Counters: Hashable, Sendable {
    // Live.
    /// Client transactions that are not terminated.
    public var clientTransactions = 0
    /// Server transactions that are not terminated.
    public var serverTransactions = 0
    /// Dialogs, early, confirmed, or ended but still awaiting stragglers.
    public var dialogs = 0
    /// Sessions for which `ended` was not yet told.
    public var sessions = 0
    /// Sessions that have ended but still await stragglers.
    public var lingeringSessions = 0
    /// Subscriptions, ours and those of peers.
    public var subscriptions = 0
    /// Timers that are set.
    public var timers = 0
    /// Questions for a flow that the rim has not answered.
    public var flowRequests = 0
    /// Requests handed up that the application has not answered.
    public var openServerRequests = 0
    /// Accounts that are registered or shall be.
    public var registrations = 0
    /// Contacts that are bound with our registrar.
    public var bindings = 0

    // Totals.
    /// Messages that came in, readable or not.
    public var received = 0
    /// Messages that went out, repeats included.
    public var sent = 0
    /// Requests and responses that were sent again.
    public var retransmitted = 0
    /// Copies of requests that were swallowed or answered again.
    public var duplicates = 0
    /// Octets that were no usable message.
    public var malformed = 0
    /// Requests that the user agent itself refused.
    public var refused = 0
    /// Requests of strangers that were ended to make room for newer ones.
    public var evicted = 0
    /// How often a bound on one source or on all strangers was met, or a request spoofed a dialog, for the addresses that
    /// did so most.
    public private(set) var refusedBySource: [IPAddress: Int] = [:]
    /// Messages that belonged to nothing.
    public var strays = 0
    /// Transactions that ended without an answer.
    public var timeouts = 0
    /// Sessions begun.
    public var sessionsBegun = 0
    /// Sessions ended.
    public var sessionsEnded = 0

    public init() {}

    /// How many addresses are named.
    static let maximumSources = 32

    /// Counts for an address; where too many are known, the one with the least makes room and leaves its count, so that
    /// who refuses most is named for certain.
    mutating func noteRefusal(of source: IPAddress) {
        if let count = refusedBySource[source] {
            refusedBySource[source] = count + 1
            return
        }
        var count = 0
        if refusedBySource.count >= Self.maximumSources, let least = refusedBySource.min(by: { $0.value < $1.value }) {
            refusedBySource[least.key] = nil
            count = least.value
        }
        refusedBySource[source] = count + 1
    }

    /// Whether nothing is live.
    public var isIdle: Bool {
        clientTransactions == 0 && serverTransactions == 0 && dialogs == 0 && sessions == 0 && lingeringSessions == 0
            && timers == 0 && flowRequests == 0 && openServerRequests == 0
            && registrations == 0 && bindings == 0 && subscriptions == 0
    }
}
