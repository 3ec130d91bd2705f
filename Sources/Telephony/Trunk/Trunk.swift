public import RTPMedia
public import SIPCore
public import TelephonyPrimitives

/// A line to the telephone network: where calls to numbers go, who we are there, and from where its calls come.
///
/// ```swift
/// configuration.trunks = [Trunk(TelnyxTrunk(.credentials(Credentials(username: "acme1", password: password))))]
/// ```
public struct Trunk: Sendable {
    /// What it is called in logs and records.
    public var name: String
    /// The name (or address) of its servers, which stands in the Request-URI and To of every call.
    public var host: String
    /// The port, when it is not found by the name (RFC 3263).
    public var port: UInt16?
    /// How it is reached.
    public var transport: TransportProtocol
    /// What is registered, so that its calls come in; `nil`: it knows us by our address.
    public var registration: Registration?
    /// What answers when it asks for a password.
    public var credentials: Credentials?
    /// The addresses from which its calls come. The server with which ``registration`` is registered need not be here.
    public var sources: [IPNetwork] = []
    /// How it writes numbers.
    public var numbers = TrunkNumbers()
    /// Who calls when a call names nobody: a number or a SIP URI.
    public var caller: String?
    /// Whether whoever is called may not see who calls (`Privacy: id`); the trunk itself is told.
    public var hidesCaller = false
    /// Further header fields of every INVITE, those that answer a challenge included.
    public var headers: [(name: String, value: String)] = []
    /// The codecs in the order of our preference; `nil`: those of the endpoint.
    public var codecs: [VoiceCodec]?
    /// Whether sound is encrypted; `nil`: as the endpoint has it.
    public var srtp: SRTPPolicy?
    /// How many calls may begin within a second; further ones wait their turn.
    public var callsPerSecond = 20
    /// How long a server may take to say anything at all (100 Trying) before the call goes another way.
    public var firstAnswer = Duration.seconds(4)
    /// What a caller is told whom we can't take now.
    public var refusal = TrunkRefusal.tryElsewhere
    /// Which carrier it is, where that makes a difference for what its answers mean.
    public var carrier: Carrier?

    public init(name: String, host: String, port: UInt16? = nil, transport: TransportProtocol = .udp) {
        self.name = name
        self.host = host
        self.port = port
        self.transport = transport
    }

    /// A carrier whose answers we can read.
    public enum Carrier: String, Sendable {
        case telnyx
    }

    /// Where its calls go.
    public var server: FlowTarget { FlowTarget(host: host, port: port, transport: transport) }

    /// The address of a user there, without port and transport: those say how to get there, not who is meant.
    public func uri(of user: String) -> SIPURI {
        SIPURI(user: SIPURI.escapingUser(user), host: IPAddress(host).map { .address($0) } ?? .name(host))
    }

    /// Where somebody is called here, and where a caller's telephone is asked to call.
    public func uri(of number: TelephoneNumber) -> SIPURI { uri(of: numbers.dialled(number)) }

    /// Whether its calls come from an address.
    public func isSource(_ address: IPAddress) -> Bool { sources.contains { $0.contains(address) } }

    /// The codecs that are offered: over UDP without Opus, whose carriers have it over TCP and TLS alone.
    func offered(_ usual: [VoiceCodec]) -> [VoiceCodec] {
        let codecs = codecs ?? usual
        guard carrier == .telnyx, transport == .udp else { return codecs }
        return codecs.filter { $0 != .opus }
    }
}

/// What a trunk is answered when we can't take a call.
public enum TrunkRefusal: String, Sendable, CaseIterable {
    /// 503: the carrier may try its next route.
    case tryElsewhere
    /// 486: the caller hears busy.
    case busy

    var status: Int { self == .busy ? 486 : 503 }
}

/// Whoever prints a trunk sees no password.
extension Trunk: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(name) (\(host), \(transport.rawValue))" }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["name": name, "host": host], displayStyle: .struct) }
}
