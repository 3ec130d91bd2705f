import SIPCore
import TelephonyPrimitives
import TelephonyTesting

/// A request at a ``ForkingProxy``, and where it went.
final class ProxyContext {
    /// How many came before it.
    let number: Int
    let request: Request
    let source: TransportAddress
    let transport: WireProtocol
    var invite: InviteServerTransaction?
    var other: NonInviteServerTransaction?
    var branches: [ProxyBranch] = []
    var best: Response?
    var hasFinal = false

    init(_ request: Request, number: Int, from datagram: Datagram, now: Instant) {
        self.number = number
        self.request = request
        source = datagram.source
        transport = datagram.protocol
        if request.method == .invite {
            invite = InviteServerTransaction(isReliable: transport.isReliable, timers: TransactionTimers())
        } else {
            other = NonInviteServerTransaction(
                isReliable: transport.isReliable, timers: TransactionTimers(), now: now)
        }
    }

    var isOver: Bool {
        (invite?.isTerminated ?? true) && (other?.isTerminated ?? true) && branches.allSatisfy(\.isOver)
    }

    var deadline: Instant? {
        ([invite?.deadline, other?.deadline] + branches.map(\.deadline)).compactMap(\.self).min()
    }
}

/// One place that a request of a ``ForkingProxy`` went to.
final class ProxyBranch {
    let request: Request
    let destination: TransportAddress
    let transport: WireProtocol
    var invite: InviteClientTransaction?
    var other: NonInviteClientTransaction?
    /// The CANCEL, once it is sent.
    var cancel: NonInviteClientTransaction?
    var isToBeCancelled = false
    /// Timer C (§16.6 step 11).
    var giveUpAt: Instant?
    var hasFinal = false

    init(_ request: Request, to destination: TransportAddress, over transport: WireProtocol, now: Instant) {
        self.request = request
        self.destination = destination
        self.transport = transport
        if request.method == .invite {
            invite = InviteClientTransaction(
                request: request, isReliable: transport.isReliable, timers: TransactionTimers(), now: now)
            giveUpAt = now + .seconds(181)
        } else {
            other = NonInviteClientTransaction(
                request: request, isReliable: transport.isReliable, timers: TransactionTimers(), now: now)
        }
    }

    var isOver: Bool {
        (invite?.isTerminated ?? true) && (other?.isTerminated ?? true) && (cancel?.isTerminated ?? true)
    }

    var deadline: Instant? {
        [invite?.deadline, other?.deadline, cancel?.deadline, hasFinal ? nil : giveUpAt].compactMap(\.self).min()
    }
}
