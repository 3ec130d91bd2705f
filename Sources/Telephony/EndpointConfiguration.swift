public import RTPMedia
public import SIPCore
public import SIPNIO
public import TelephonyPrimitives

/// How an ``Endpoint`` listens, what it offers and how much it takes on.
public struct EndpointConfiguration: Sendable {
    /// Where SIP is taken; at least one.
    public var listen: [ListenAddress]
    /// The address that the other side is told for signalling and sound, when it differs from the local one: behind
    /// NAT or in a container. By default the local address from which the peer is reached.
    public var publicAddress: IPAddress?
    /// The address of this machine on which sound is taken; by default the one by which the call came.
    public var mediaAddress: IPAddress?
    /// UDP ports for sound, two per call.
    public var rtpPorts: ClosedRange<UInt16> = 16_384...32_767
    /// Codecs in the order of our preference.
    public var codecs: [VoiceCodec] = [.pcmu, .pcma, .g722, .opus]
    /// Whether sound is encrypted, with keys in the session description (SDES, RFC 4568). `optional` takes what the other
    /// side asks for, and asks for it itself where the signalling is encrypted (RFC 8643).
    public var srtp = SRTPPolicy.optional
    /// Users who may call, by name, with their passwords, for digest authentication; `nil` asks nobody.
    public var authentication: EndpointAuthentication?
    /// Calls at once; one more is refused with 503 (RFC 3261 §21.5.4).
    public var maximumCalls = 500
    /// How much of the machine the process may use; beyond it calls are refused with 503 and Retry-After before anything
    /// is kept of them. By default there is no such limit.
    public var overload: OverloadLimits?
    /// DNS servers that are asked for SIP servers, in this order; none: those of the system.
    public var nameServers: [TransportAddress] = []
    /// Certificate and key for `tls` listeners, as PEM files.
    public var certificate: TLSFiles?
    /// Certificate and key that we show to servers which ask for one (mutual TLS), as PEM files.
    public var clientCertificate: TLSFiles?
    /// Whether callers over TLS have to show a certificate that leads to a trusted root (mutual TLS).
    public var requiresClientCertificates = false
    /// A PEM file of roots to trust for TLS, instead of the system's.
    public var trustRoots: String?
    /// Whether the certificate of a TLS peer that we call has to be valid.
    public var verifiesPeers = true
    /// What `User-Agent` and `Server` say.
    public var userAgentName = "Trunkline"
    /// Accounts that are registered from the start: see ``Endpoint/accounts``.
    public var accounts: [Registration] = []
    /// Our lines to the telephone network. Where there is one, calls are taken from their addresses, from this machine and
    /// from ``acceptedSources`` alone; whoever else calls is asked for a password, where there is ``authentication``, or
    /// gets no answer.
    public var trunks: [Trunk] = []
    /// From where calls are taken as well as from ``trunks``. `nil` adds nobody where there are trunks, and where there are
    /// none it lets everybody call.
    public var acceptedSources: [IPNetwork]?
    /// What takes registrations, so that phones can be called here: see ``Endpoint/bindings(of:)``. `nil` takes none.
    public var registrar: Registrar?
    /// Whose word about who calls counts: what anybody else asserts (P-Asserted-Identity, Diversion, `verstat`) is not
    /// looked at. By default the registrars of our accounts.
    public var trustDomain = TrustDomain(includesRegistrars: true)
    /// Sees every SIP message that is sent or received, with all that is secret in it. Called on the signalling loop: it
    /// must return at once.
    public var onMessage: (@Sendable (TracedMessage) -> Void)?
    /// Sees every SIP message of a call, with the call that it belongs to and without what is secret in it: from its INVITE on,
    /// and up to 40 seconds after its end. Called on the signalling loop: it must return at once.
    public var onCallMessage: (@Sendable (CallMessage, CallIdentifier) -> Void)?
    /// Told of calls that are refused because nothing can be agreed on for their sound; the application never sees those.
    /// Called after the refusal: it must return at once.
    public var onRefusal: (@Sendable (RefusedCall) -> Void)?
    /// Told whom the other side of a call wants us to call instead (REFER); `true` takes that: nobody is called, and the
    /// other side hears that somebody has answered. `nil` refuses, as at first. For callers that play a part.
    package var onReferral: (@Sendable (_ target: String) -> Bool)?
    /// Sees every RTP and RTCP datagram that is sent or received.
    public var mediaTrace: MediaTrace?
    /// Keeps what calls are replayed from; `nil` keeps nothing.
    package var journals: (any JournalKeeping)?
    /// Loops that carry sound; by default one per core, at most four.
    public var mediaLoops: Int?

    public init(listen: [ListenAddress]) {
        self.listen = listen
    }
}

/// A codec that calls can use.
public enum VoiceCodec: String, Sendable, Hashable, CaseIterable {
    case pcmu = "PCMU"
    case pcma = "PCMA"
    /// G.722: 16 kHz for the bit rate of G.711.
    case g722 = "G722"
    /// Opus (RFC 7587), at 16 kHz.
    case opus = "opus"
}

/// Digest authentication of callers (RFC 3261 §22).
public struct EndpointAuthentication: Sendable {
    public var realm: String
    /// Passwords by user name.
    public var users: [String: String]
    /// What may be used, in the order in which it is offered. Many phones know MD5 alone, and some stumble over
    /// whatever else comes first.
    public var algorithms: [DigestAlgorithm]
    /// Whether phones shall send a hash in place of their user's name (RFC 7616 §3.4.4).
    public var asksForUserHashes = false
    /// Whether callers are shown that we know their password too, and which nonce they are told for their next request
    /// (RFC 7616 §3.5); `nil` shows and tells nothing.
    public var information: DigestServer.NextNonce?

    public init(realm: String, users: [String: String], algorithms: [DigestAlgorithm] = [.sha256, .md5]) {
        self.realm = realm
        self.users = users
        self.algorithms = algorithms
    }
}

public struct TLSFiles: Sendable, Hashable {
    public var certificateChain: String
    public var privateKey: String

    public init(certificateChain: String, privateKey: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}

/// How to place one call.
public struct OutgoingCall: Sendable {
    /// The identifier that the call gets; by default a new one. For who has to name the call before it is placed.
    public var id: CallIdentifier?
    /// A SIP URI, e.g. `sip:bob@example.com;transport=tcp`.
    public var target: String
    /// Who calls, as a SIP URI; by default `sip:trunkline@` our address.
    public var from: String?
    public var displayName: String?
    /// User name and password, for when the other side asks.
    public var credentials: Credentials?
    /// The account that calls: its address is the caller, unless ``from`` says another, and its Service-Route, server and
    /// credentials are used.
    public var account: Account?
    /// The transport, when the target names none.
    public var transport: TransportProtocol?
    /// Where the call is sent, when that is not what ``target`` says.
    public var server: FlowTarget?
    /// The codecs in the order of our preference; `nil`: those of the endpoint.
    public var codecs: [VoiceCodec]?
    /// Whether sound is encrypted; `nil`: as the endpoint has it.
    public var srtp: SRTPPolicy?
    /// How long the other side may take to say anything at all (100 Trying); `nil`: as long as SIP lets it, half a minute.
    public var firstAnswer: Duration?
    /// How long it may ring.
    public var ringTimeout: Duration = .seconds(60)
    /// What privacy the caller wants; `[.id]` hides who calls from whom is called, and tells it to a next hop in
    /// ``EndpointConfiguration/trustDomain`` alone (RFC 3323, RFC 3325).
    public var privacy: Privacy = []
    /// Further header fields for the INVITE.
    public var headers: [(name: String, value: String)] = []

    public init(to target: String) {
        self.target = target
    }
}

/// What an outgoing call does before it is answered.
public enum CallProgress: Sendable, Equatable {
    /// A provisional answer: 180 rings, 183 brings sound.
    case provisional(status: Int, reason: String)
    /// Sound came before the answer (183 with a session description).
    case earlyMedia(codec: String)
    case answered
}
