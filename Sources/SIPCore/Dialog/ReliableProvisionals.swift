import TelephonyPrimitives

/// The callee's reliable provisional responses (RFC 3262 §3): one after the other, each until its PRACK comes.
struct ReliableProvisionals: Sendable {
    /// The one that has no PRACK yet.
    struct Outstanding: Sendable {
        let number: UInt32
        /// Whether the peer owes the answer to an offer in it.
        let hasOffer: Bool
        let hasBody: Bool
        var repeatAt: Instant
        var interval: Duration
        let until: Instant

        var deadline: Instant { min(repeatAt, until) }
    }

    /// More of them than any application has reason to send.
    static let maximumWaiting = 16

    /// Whether the provisional responses of this call are reliable.
    var isWanted = false
    var outstanding: Outstanding?
    /// Those that wait for the PRACK of the one before.
    var waiting: [ResponseDraft] = []
    private var lastNumber: UInt32?

    /// The RSeq of the next response: by chance at first, then one more each time.
    mutating func makeNumber(in environment: inout Environment) -> UInt32 {
        let number = lastNumber.map { $0 &+ 1 } ?? UInt32(environment.pick(1...0x7FFF_FF00))
        lastNumber = number
        return number
    }
}

/// The value of RAck (RFC 3262 §7.2): which response to which request a PRACK acknowledges.
struct ResponseAcknowledgement: Hashable, Sendable, CustomStringConvertible {
    let number: UInt32
    let request: CSeq

    init(number: UInt32, request: CSeq) {
        self.number = number
        self.request = request
    }

    /// `nil` for what is none.
    init?(parsing text: String) {
        let value = text.trimmingBlanks
        guard let end = value.firstIndex(where: { $0 == " " || $0 == "\t" }),
            let number = UInt32(value[..<end]), let request = try? CSeq(parsing: String(value[end...]))
        else { return nil }
        self.number = number
        self.request = request
    }

    var description: String { "\(number) \(request)" }
}

extension ReliableProvisionalPolicy {
    /// Whether provisional responses to this INVITE are sent reliably.
    func isReliable(to invite: Request) -> Bool {
        switch self {
        case .never: false
        case .whenRequired: invite.lists("100rel", in: .require)
        case .whenSupported: invite.lists("100rel", in: .require) || invite.lists("100rel", in: .supported)
        }
    }
}

extension Response {
    /// The RSeq of a provisional response that asks for its PRACK; `nil` for every other one (RFC 3262 §4).
    var reliableNumber: UInt32? {
        guard (101...199).contains(status), require.contains(where: { $0.lowercased() == "100rel" }) else { return nil }
        return first(.rSeq).flatMap { UInt32($0.trimmingBlanks) }
    }
}
