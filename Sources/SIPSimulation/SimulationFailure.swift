/// Something that is wrong with a ``Town`` when all is over.
public struct SimulationFailure: Sendable, Hashable {
    /// The town's seed: what it takes to see it again.
    public let seed: UInt64
    /// Who is at fault or was hurt: a user agent, the proxy, the network or the audit.
    public let side: String
    /// What is wrong.
    public let problem: String
}

extension SimulationFailure: CustomStringConvertible {
    public var description: String { "seed \(seed), \(side): \(problem)" }
}
