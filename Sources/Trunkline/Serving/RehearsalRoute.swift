internal import Rehearsal
internal import SIPCore
internal import Telephony
internal import TelephonyPrimitives

/// One call of a rehearsal.
struct RehearsedCall: Sendable {
    var rehearsal: Rehearsal
    /// How often it was played before, and 1.
    var run: Int
    /// Among all calls, from 0 on.
    var number: Int

    /// All calls of some rehearsals, in order.
    static func all(of rehearsals: [Rehearsal]) -> [RehearsedCall] {
        rehearsals.flatMap { rehearsal in (1...rehearsal.times).map { (rehearsal, $0) } }.enumerated()
            .map { RehearsedCall(rehearsal: $1.0, run: $1.1, number: $0) }
    }

    var title: String { run > 1 ? "\(rehearsal.name) (\(run))" : rehearsal.name }
}

/// Where the calls of rehearsals go, and as whose.
enum RehearsalRoute: Sendable {
    /// To an agent; without an address the files have it.
    case direct(agent: String?, Credentials?)
    /// Through a carrier on this machine.
    case carrier(RehearsalCarrier, agent: TransportAddress)

    /// How a call is placed.
    struct Placing: Sendable {
        var outgoing: OutgoingCall
        /// Who is called, for people.
        var place: String
        /// What the record has in the caller's address.
        var key: String
        /// Whether it stays on this machine.
        var isHere: Bool
    }

    func placing(of call: RehearsedCall) throws -> Placing {
        switch self {
        case .direct(let agent, let credentials):
            let target = try Self.target(of: call.rehearsal, at: agent)
            let (caller, key) = Self.caller(of: call.rehearsal)
            var outgoing = OutgoingCall(to: target.description)
            outgoing.from = caller
            outgoing.credentials = credentials
            return Placing(
                outgoing: outgoing, place: target.description, key: key, isHere: target.host == .address(.loopbackV4))
        case .carrier(let carrier, let agent): return carrier.placing(of: call, to: agent)
        }
    }

    /// Whom a caller was put through to since this was last asked, as the carrier has it.
    func handedOn(_ placing: Placing) -> [String] {
        guard case .carrier(let carrier, _) = self else { return [] }
        return carrier.handedOn(caller: placing.key)
    }

    /// The agent's address, with the number that is called as its user.
    private static func target(of rehearsal: Rehearsal, at agent: String?) throws -> SIPURI {
        let wanted = rehearsal.target ?? ""
        let isAddress = wanted.hasPrefix("sip:") || wanted.hasPrefix("sips:")
        guard let agent else { return try SIPURI(parsing: wanted) }
        var uri = try SIPURI(parsing: agent)
        if isAddress {
            // Whom they ask for, at the agent that is tried.
            if let user = try SIPURI(parsing: wanted).user { uri.user = user }
        } else if !wanted.isEmpty {
            uri.user = wanted
        }
        return uri
    }

    /// Who calls, and by what of it the call is found in the record.
    private static func caller(of rehearsal: Rehearsal) -> (uri: String, key: String) {
        // A host of its own tells this call from others in the record.
        let mark = "r-\(String(UInt64.random(in: 1 << 40 ... .max), radix: 36)).invalid"
        guard let caller = rehearsal.caller else { return ("sip:caller@\(mark)", mark) }
        guard caller.hasPrefix("sip:") || caller.hasPrefix("sips:") else { return ("sip:\(caller)@\(mark)", mark) }
        return (caller, caller.split(separator: ";").first.map(String.init) ?? caller)
    }
}
