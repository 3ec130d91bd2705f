internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// A leg that is not over, with what surrounds its value. It belongs to its server.
final class RunningLeg {
    typealias UpWaiter = CheckedContinuation<Result<StreamCall, CallError>, Never>
    typealias TransferWaiter = CheckedContinuation<CallError?, Never>

    let id: CallIdentifier
    var value: CallControlLeg
    let remote: CallParty
    let local: CallParty
    let began: Instant
    var control: CallControlID?
    var call: StreamCall?
    var upWaiter: UpWaiter?
    var transferWaiter: TransferWaiter?
    var transfer: TransferCommand?
    var dial: DialCommand?
    var note: @Sendable (_ kind: String, _ detail: String) -> Void = { _, _ in }
    var progress: @Sendable (CallProgress) -> Void = { _ in }
    /// Wakes the value at its deadline.
    var alarm: (at: Instant, task: Task<Void, Never>)?

    init(
        _ id: CallIdentifier, _ value: CallControlLeg, remote: CallParty, local: CallParty, began: Instant,
        control: CallControlID?
    ) {
        self.id = id
        self.value = value
        self.remote = remote
        self.local = local
        self.began = began
        self.control = control
    }
}
