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
}

/// Places calls.
public protocol CallPlacing: Sendable {
    /// What counts of an order's brief with the agent that would talk.
    var abilities: AgentAbilities { get }
    /// What is said when a destination can't be reached from here at all, whoever is asked: `nil` when it can.
    func obstacle(to destination: Destination) -> String?
    /// The SIP URI of a destination that there is no obstacle to, for whoever is put through to it.
    func address(of destination: Destination) -> String
    /// Begins the call and returns at once. What becomes of it is told to ``LiveCalls``.
    ///
    /// - Returns: whether there was room for it.
    func place(_ order: CallOrder) -> Bool
}
