/// How loud a call was lately, in decibels below the overload point (dBov): -127 for silence, 0 at most.
public struct CallLevels: Sendable, Equatable, Codable {
    /// What came from the other side.
    public var heard: Double
    /// What we sent.
    public var sent: Double

    public init(heard: Double, sent: Double) {
        self.heard = heard
        self.sent = sent
    }
}
