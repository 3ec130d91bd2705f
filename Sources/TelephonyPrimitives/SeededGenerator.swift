/// A small, fast generator whose whole future follows from its seed (SplitMix64).
///
/// Cores draw branches, tags, SSRCs and back-offs from an injected generator; in tests and replays it is this one, so
/// a seed replays a run octet for octet. One output tells the next, so the rim of a live system injects
/// `SystemRandomNumberGenerator` instead.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
