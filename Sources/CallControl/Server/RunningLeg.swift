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
    /// What commands are sent to.
    private(set) var control: CallControlID?
    /// All names that it goes by at Telnyx.
    private(set) var names: [CallControlID]
    /// What Telnyx calls the call, where its stream has said so.
    var session: String?
    /// How sound is streamed.
    let format: StreamFormat
    /// It is a TeXML application's: its answer is a document.
    let isTeXML: Bool
    /// Takes the document that the application waits for.
    var asking: (@Sendable (PortAnswer) -> Void)?
    var call: StreamCall?
    var upWaiter: UpWaiter?
    var transferWaiter: TransferWaiter?
    var transfer: TransferCommand?
    var dial: DialCommand?
    var note: @Sendable (_ kind: String, _ detail: String) -> Void = { _, _ in }
    var progress: @Sendable (CallProgress) -> Void = { _ in }
    private var isNamed = false
    /// Wakes the value at its deadline.
    var alarm: (at: Instant, task: Task<Void, Never>)?

    init(
        _ id: CallIdentifier, _ value: CallControlLeg, remote: CallParty, local: CallParty, began: Instant,
        control: CallControlID?, format: StreamFormat, isTeXML: Bool = false
    ) {
        self.id = id
        self.value = value
        self.remote = remote
        self.local = local
        self.began = began
        self.control = control
        names = control.map { [$0] } ?? []
        self.format = format
        self.isTeXML = isTeXML
    }

    /// Commands are sent to this name from now on.
    func name(_ control: CallControlID) {
        self.control = control
        names.append(control)
    }

    /// Telnyx has told what it calls a call of ours: once, for the record. Of a call to us the invitation says it.
    func named(session: String?, leg: String?) {
        guard value.direction == .outgoing, !isNamed, let session, !session.isEmpty else { return }
        isNamed = true
        note("carrier session", session)
        if let leg, !leg.isEmpty { note("carrier leg", leg) }
    }
}
