internal import Agent
internal import CallAPI
internal import CallControl
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// By which way calls of ours go, and as whom.
struct OutgoingLine: Sendable {
    /// The trunks by which numbers are called.
    let trunks: TrunkGroup?
    /// The account that calls, if one does.
    let account: Account?
    /// Where telephone numbers are called, as a URI without a user.
    let trunk: SIPURI?
    /// Who calls when nobody else is named.
    let caller: Destination?
    let ringTimeout: Duration
    /// Our address, for calls that no account places.
    let ownAddress: ListenAddress?
    /// Who calls numbers when that is not done by SIP.
    let callControl: CallControlServer?
    /// Whether calls come by it, and perhaps go.
    private let hasCallControl: Bool

    /// - Parameter callControl: there when the server takes calls by it.
    /// - Throws: ``OutgoingLine/Failure`` when a setting can't be meant.
    init(
        _ settings: Configuration, endpoint: Endpoint, callControl: CallControlServer? = nil
    ) async throws(Failure) {
        self.callControl = settings.callsNumbersByCallControl ? callControl : nil
        hasCallControl = settings.callControl != nil
        trunks = TrunkGroup(settings)
        let accounts = await endpoint.accounts
        let number = settings.outbound.account.flatMap { name in settings.accounts.firstIndex { $0.name == name } }
        account = number.flatMap { accounts.indices.contains($0) ? accounts[$0] : nil }
        do throws(ParseError) {
            trunk = try settings.outbound.trunk.map { (text) throws(ParseError) in try SIPURI(parsing: text) }
        } catch {
            throw Failure(sentence: "outbound.trunk: \(settings.outbound.trunk ?? "") is no SIP URI: \(error)")
        }
        do throws(DestinationError) {
            caller = try settings.outbound.from.map { (text) throws(DestinationError) in
                try Destination(parsing: text)
            }
        } catch {
            throw Failure(sentence: "outbound.from: \(settings.outbound.from ?? "") \(error)")
        }
        ringTimeout = settings.outbound.ringTimeout
        ownAddress = endpoint.addresses.first
    }

    struct Failure: Error, CustomStringConvertible {
        var sentence: String
        var description: String { sentence }
    }

    /// Where a number is a user: the trunk, or the account's domain.
    private var exchange: SIPURI? {
        trunk
            ?? account.map { account in
                var domain = account.registration.addressOfRecord
                domain.user = nil
                return domain
            }
    }

    /// Why a destination can't be called from here; `nil` when it can.
    func obstacle(to destination: Destination) -> String? {
        guard case .number(let number) = destination, callControl == nil else { return nil }
        if let trunks {
            guard let number = TelephoneNumber(number), !trunks.trunks(to: number).isEmpty else {
                return "No route leads to \(number): outbound.routes names no trunk for it."
            }
            return nil
        }
        guard exchange == nil else { return nil }
        let control = hasCallControl ? ", or call_control.connection_id and call_control.from" : ""
        return "There is no way to \(number): set trunk, outbound.account or outbound.trunk\(control), or call a SIP "
            + "address."
    }

    /// A number as the first trunk means it, with its country; anything else as it is.
    func canonical(_ destination: Destination) -> Destination {
        trunks?.canonical(destination) ?? destination
    }

    /// Where a destination is called, and where a caller's telephone is asked to call.
    func address(of destination: Destination) -> String {
        if let (number, trunks) = byTrunk(destination), let trunk = trunks.trunks(to: number).first {
            return "\(trunk.uri(of: trunks.global(number)))"
        }
        return address(of: destination, at: exchange)
    }

    private func byTrunk(_ destination: Destination) -> (TelephoneNumber, TrunkGroup)? {
        guard case .number(let digits) = destination, let trunks, let number = TelephoneNumber(digits) else {
            return nil
        }
        return (number, trunks)
    }

    /// Places a call, a number by the trunks, and runs `body` while it is up.
    ///
    /// - Parameters:
    ///   - outgoing: made by ``call(_:)`` or ``call(toTransfer:)``.
    ///   - choice: told by which trunk the call goes.
    ///   - note: gets what Call Control has for the record.
    func place<Result: Sendable>(
        _ outgoing: OutgoingCall, to destination: Destination?, on endpoint: Endpoint,
        progress: @escaping @Sendable (CallProgress) -> Void,
        choice: @Sendable (TrunkGroup.Choice) -> Void = { _ in },
        note: @escaping @Sendable (_ kind: String, _ detail: String) -> Void = { _, _ in },
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        if let callControl, case .number(let number)? = destination {
            note("carrier", "Telnyx Call Control")
            return try await callControl.call(
                outgoing.id ?? .make(), to: number, from: outgoing.from, ringing: outgoing.ringTimeout,
                headers: outgoing.headers, progress: progress, note: note, body)
        }
        if let (number, trunks) = destination.flatMap({ byTrunk($0) }) {
            return try await trunks.call(
                number, outgoing, on: endpoint, progress: progress, choice: choice, body)
        }
        return try await endpoint.call(outgoing, progress: progress, body)
    }

    /// The call that an order wants.
    func call(_ order: CallOrder) -> OutgoingCall {
        var call = call(to: order.destination, as: order.caller)
        call.id = order.id
        call.headers = order.headers
        return call
    }

    private func call(to destination: Destination, as caller: Destination? = nil) -> OutgoingCall {
        if callControl != nil, case .number(let number) = destination {
            var call = OutgoingCall(to: number)
            call.from = caller?.description
            call.ringTimeout = ringTimeout
            return call
        }
        if byTrunk(destination) != nil {
            // Who calls when nobody is named is the trunk's to say.
            var call = OutgoingCall(to: address(of: destination))
            call.from = caller?.description
            call.ringTimeout = ringTimeout
            return call
        }
        var call = OutgoingCall(to: address(of: destination, at: exchange))
        call.from = (caller ?? self.caller).map { address(of: $0, at: exchange ?? own) }
        call.ringTimeout = ringTimeout
        // An account's server is asked for what is in its domain, and for numbers.
        switch destination {
        case .number: call.account = account
        case .address(let uri):
            if let account, uri.host == account.registration.addressOfRecord.host { call.account = account }
        }
        return call
    }

    /// Where a target of `transfers:` is called: what the configuration says is meant as it stands, also where no request
    /// may say it.
    func address(ofTransfer target: String) -> String {
        (try? Destination(parsing: target)).map { address(of: $0) } ?? target
    }

    /// The call to such a target, and who that is where it can be told.
    func call(toTransfer target: String) -> (OutgoingCall, Destination?) {
        guard let destination = try? Destination(parsing: target) else { return (OutgoingCall(to: target), nil) }
        return (call(to: destination), destination)
    }

    /// Who calls, for the record.
    func local(of call: OutgoingCall, to destination: Destination) -> CallParty {
        if let callControl, case .number = destination {
            return CallParty(address: call.from ?? callControl.caller ?? "unknown")
        }
        if let (number, trunks) = byTrunk(destination), let trunk = trunks.trunks(to: number).first,
            let caller = call.from ?? trunk.caller
        {
            return CallParty(address: trunk.address(ofCaller: caller))
        }
        let account = call.account.map { "\($0.registration.addressOfRecord)" }
        return CallParty(address: call.from ?? account ?? own.map { "\($0)" } ?? "sip:trunkline@localhost")
    }

    private var own: SIPURI? {
        ownAddress.flatMap { try? SIPURI(parsing: "sip:trunkline@\($0.address)") }
    }

    private func address(of destination: Destination, at exchange: SIPURI?) -> String {
        switch destination {
        case .address(let uri): return "\(uri)"
        case .number(let number):
            guard var uri = exchange else { return "tel:\(number)" }
            uri.user = SIPURI.escapingUser(number)
            return "\(uri)"
        }
    }
}

extension Configuration {
    /// Whether numbers are called by Call Control: where that is said, and where there is nothing else to call them by.
    var callsNumbersByCallControl: Bool {
        guard let callControl, callControl.connectionID != nil, callControl.from != nil else { return false }
        return outbound.way == .callControl || trunks.isEmpty && outbound.account == nil && outbound.trunk == nil
    }
}
