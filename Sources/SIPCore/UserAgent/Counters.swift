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
    /// Messages that belonged to nothing.
    public var strays = 0
    /// Transactions that ended without an answer.
    public var timeouts = 0
    /// Sessions begun.
    public var sessionsBegun = 0
    /// Sessions ended.
    public var sessionsEnded = 0

    public init() {}

    /// Whether nothing is live.
    public var isIdle: Bool {
        clientTransactions == 0 && serverTransactions == 0 && dialogs == 0 && sessions == 0 && lingeringSessions == 0
            && timers == 0 && flowRequests == 0 && openServerRequests == 0
            && registrations == 0 && bindings == 0 && subscriptions == 0
    }
}
