public import TelephonyPrimitives

/// The number of an account of this user agent; never used twice.
public struct RegistrationID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    public var description: String { "registration \(number)" }
}

/// How an account stands with its registrar.
public enum RegistrationState: Sendable {
    /// A REGISTER is out and nothing is bound yet.
    case registering
    /// The registrar has bound our Contact; told again after every refresh.
    case registered(RegistrationGrant)
    /// The last REGISTER failed. A binding of earlier may last: see ``RegistrationFailure/boundUntil``.
    case failed(RegistrationFailure)
    /// Our binding is removed, as was asked for; nothing more will come.
    case unregistered
}

/// What a registrar has granted.
public struct RegistrationGrant: Sendable {
    /// For how long, counted from the answer.
    public var expires: Duration
    /// When the binding ends unless it is refreshed.
    public var boundUntil: Instant
    /// When it will be refreshed.
    public var refreshAt: Instant
    /// Our binding as the registrar lists it; `nil` when it lists none that can be ours.
    public var binding: ContactBinding?
    /// Every binding of the address, ours among them.
    public var bindings: [ContactBinding]
    /// The proxies that later requests of the account have to pass, first one first (RFC 3608 §5).
    public var serviceRoute: [SIPURI]
    /// The proxies that requests for us pass, as the registrar stored them (RFC 3327 §5.3), as written.
    public var path: [String]
    /// The address from which the registrar saw our request come (RFC 3581 §4); `nil` when it does not say.
    public var observedAddress: TransportAddress?
    /// Whether the registrar sends requests for us over the very flow that we registered on (RFC 5626 §6).
    public var usesOutbound: Bool
    /// The flow that the REGISTER took.
    public var flow: Flow
    /// Whom the REGISTER was sent to.
    public var server: FlowTarget
}

/// Why a REGISTER failed, and what comes next.
public struct RegistrationFailure: Error, Sendable {
    /// The status of the final response; `nil` when none came.
    public var status: Int?
    /// One sentence for people.
    public var reason: String
    /// When the next try is made; `nil` when none will be, until `Command.register` asks again.
    public var retryAt: Instant?
    /// Until when a binding of an earlier REGISTER lasts; `nil` when there is none.
    public var boundUntil: Instant?
    /// The final response, for its headers.
    public var response: Response?

    public init(
        status: Int? = nil, reason: String, retryAt: Instant? = nil, boundUntil: Instant? = nil,
        response: Response? = nil
    ) {
        self.status = status
        self.reason = reason
        self.retryAt = retryAt
        self.boundUntil = boundUntil
        self.response = response
    }

    /// Whether nothing more is tried.
    public var isFinal: Bool { retryAt == nil }
}
