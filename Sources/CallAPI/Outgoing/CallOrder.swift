public import Agent
public import Telephony

/// A call that is to be placed.
public struct CallOrder: Sendable {
    /// What the call will be called.
    public var id: CallIdentifier
    public var destination: Destination
    /// Who calls; `nil` for the usual caller.
    public var caller: Destination?
    /// What the agent is told about it.
    public var brief: CallBrief
    /// Further header fields of the INVITE.
    public var headers: [(name: String, value: String)] = []
    /// Told once, when the call is over. It must return at once.
    public var onEnd: (@Sendable (CallResult) -> Void)?

    public init(
        id: CallIdentifier, destination: Destination, caller: Destination?, brief: CallBrief,
        onEnd: (@Sendable (CallResult) -> Void)? = nil
    ) {
        self.id = id
        self.destination = destination
        self.caller = caller
        self.brief = brief
        self.onEnd = onEnd
    }
}

/// What came of a call that was ordered.
public struct CallResult: Sendable, Equatable {
    public var end: CallEnd
    /// How long it was up, milliseconds; 0 when it was not answered.
    public var answeredMs: Int64
    public var answeredBy: AnsweredBy?
    public var hasLeftVoicemail: Bool

    public init(
        end: CallEnd, answeredMs: Int64 = 0, answeredBy: AnsweredBy? = nil, hasLeftVoicemail: Bool = false
    ) {
        self.end = end
        self.answeredMs = answeredMs
        self.answeredBy = answeredBy
        self.hasLeftVoicemail = hasLeftVoicemail
    }
}

/// Places calls.
public protocol CallPlacing: Sendable {
    /// What counts of an order's brief with the agent that would talk.
    var abilities: AgentAbilities { get }
    /// What is said when a destination can't be reached from here at all, whoever is asked: `nil` when it can.
    func obstacle(to destination: Destination) -> String?
    /// What is meant by a destination: a number with its country, where the ways out know how it is dialled. What is
    /// allowed, and who is never called, is compared with this.
    func canonical(_ destination: Destination) -> Destination
    /// The SIP URI of a destination that there is no obstacle to, for whoever is put through to it.
    func address(of destination: Destination) -> String
    /// Begins the call and returns at once. What becomes of it is told to ``LiveCalls``.
    ///
    /// - Returns: whether there was room for it.
    func place(_ order: CallOrder) -> Bool
}

extension CallPlacing {
    public func canonical(_ destination: Destination) -> Destination { destination }
}
