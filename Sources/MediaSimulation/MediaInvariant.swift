/// What holds in every call, whatever the line and the other side do.
public enum MediaInvariant: String, Sendable, Hashable, CaseIterable {
    /// Every pull yields exactly 20 ms at a rate that was agreed on.
    case wholeFrames
    /// Sound waits in the jitter buffer no longer than it may.
    case delayIsBounded
    /// Counters only grow, and each datagram is in one of them.
    case countersAddUp
    /// What is held doesn't grow with what comes.
    case stateIsBounded
    /// Keys are heard in the order in which they were pressed, each once, and on a good line all are.
    case digitsOnce
    /// Datagrams go to the other side alone.
    case nothingToStrangers
    /// What an encrypted call sends is authentic and not in the clear, and nothing else is heard in it.
    case encrypted
    /// Three seconds after the line is good again, what is heard is what is said.
    case soundReturns
    /// Nothing is sent or heard while the direction forbids it.
    case holdIsSilent
    /// What a session wants done comes to an end.
    case outputsFinish
    /// The quality of every second is told when it is over.
    case qualityEverySecond
    /// Who goes has said so himself.
    case goodbyeIsTrue
    /// The same seed makes the same sound and the same datagrams.
    case sameAgain
}

/// An invariant that did not hold.
public struct MediaFailure: Sendable, Hashable, CustomStringConvertible {
    /// What it takes to see it again.
    public let seed: UInt64
    public let invariant: MediaInvariant
    /// Who, when and what.
    public let problem: String

    public var description: String { "seed \(seed), \(invariant): \(problem)" }
}
