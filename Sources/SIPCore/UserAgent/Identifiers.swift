/// The number of an INVITE session of this user agent; never used twice.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    public var description: String { "session \(number)" }
}

/// The number of a request that the application sends outside a session.
public struct RequestID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }
}

/// The number of a subscription, ours or a peer's; a REFER that came makes one too.
public struct SubscriptionID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }
}

/// The number of a received request that the application answers itself.
public struct ServerRequestID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }
}

/// The number of a question to the rim for a flow.
public struct FlowRequestID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }
}
