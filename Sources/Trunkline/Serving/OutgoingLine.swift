internal import Agent
internal import CallAPI
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// By which way calls of ours go, and as whom.
struct OutgoingLine: Sendable {
    /// The account that calls, if one does.
    let account: Account?
    /// Where telephone numbers are called, as a URI without a user.
    let trunk: SIPURI?
    /// Who calls when nobody else is named.
    let caller: Destination?
    let ringTimeout: Duration
    /// Our address, for calls that no account places.
    let ownAddress: ListenAddress?

    /// - Throws: ``OutgoingLine/Failure`` when a setting can't be meant.
    init(_ settings: Configuration, endpoint: Endpoint) async throws(Failure) {
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
        guard case .number(let number) = destination, exchange == nil else { return nil }
        return "There is no way to \(number): set outbound.account or outbound.trunk, or call a SIP address."
    }

    /// Where a destination is called.
    func address(of destination: Destination) -> String { address(of: destination, at: exchange) }

    /// The call that an order wants.
    func call(_ order: CallOrder) -> OutgoingCall {
        var call = OutgoingCall(to: address(of: order.destination, at: exchange))
        call.id = order.id
        call.from = (order.caller ?? caller).map { address(of: $0, at: exchange ?? own) }
        call.ringTimeout = ringTimeout
        // An account's server is asked for what is in its domain, and for numbers.
        switch order.destination {
        case .number: call.account = account
        case .address(let uri):
            if let account, uri.host == account.registration.addressOfRecord.host { call.account = account }
        }
        return call
    }

    /// Who calls, for the record.
    func local(of call: OutgoingCall) -> CallParty {
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
