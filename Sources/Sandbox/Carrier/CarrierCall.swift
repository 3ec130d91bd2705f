import SIPCore
import TelephonyPrimitives

/// A place where a call can go.
enum CarrierRoute: Sendable, Hashable {
    case wire(SandboxWire, CarrierLeg.Party, contact: String)
    case script(ScriptedCallee)
    /// The application with this number.
    case control(String)
}

/// A call: two legs, and the sound between them.
struct CarrierCall: Sendable {
    let id: UInt64
    /// X-Telnyx-Session-ID.
    let session: String
    /// The INVITE that made it; `nil` when the API did.
    let invite: Request?
    var caller: CarrierLeg
    var callee: CarrierLeg?
    /// What is left to try.
    var routes: [CarrierRoute]
    /// Where its callee's INVITE is.
    var calleeInvite: ClientTransactionKey?
    /// What the caller is to be shown as, and the number that was called, E.164 with `+`.
    let callerNumber: String
    let calledNumber: String
    let isAnonymous: Bool
    /// Custom headers, which go through.
    let headers: [(name: String, value: String)]
    /// Ports of the carrier, once they are open.
    var ports: (caller: UInt16, callee: UInt16)?
    /// When the place that is called has to have said something.
    var giveUpAt: Instant?
    /// When it was begun to be called.
    var calledAt: Instant?
    /// Whether the caller has an answer.
    var isAnswered = false
    var script: ScriptRun?
    /// The side at which the API is, if it is.
    var controlSide: SoundSide?
    /// How the API is to be told that it ended.
    var ending: LegEnding?
    /// How long a place may ring; `nil`: as long as the settings say.
    var ringing: Duration?
    /// Somebody else is being called in the place of one side.
    var transfer: CarrierTransfer?
    /// When a fault comes next, and which step of it.
    var faultStep: (at: Instant, number: Int)?

    /// What has to be done at a time.
    var deadline: Instant? {
        [caller.deadline, callee?.deadline, giveUpAt, script?.next, transfer?.giveUpAt, faultStep?.at].compactMap(
            \.self
        ).min()
    }

    func leg(_ side: SoundSide) -> CarrierLeg? { side == .caller ? caller : callee }

    /// The side that is the agent's, if one is.
    var agentSide: SoundSide? {
        if case .trunk = caller.party { return .caller }
        if case .trunk = callee?.party { return .callee }
        return nil
    }
}

extension CarrierCall {
    /// Changes the leg of a side.
    mutating func update(_ side: SoundSide, _ change: (inout CarrierLeg) -> Void) {
        if side == .caller {
            change(&caller)
        } else if var leg = callee {
            change(&leg)
            callee = leg
        }
    }

    /// The place that is called is there: from now on it may ring.
    mutating func heardOf(mayRing limit: Duration) {
        guard !isAnswered, giveUpAt != nil, let calledAt else { return }
        giveUpAt = calledAt + limit
    }
}
