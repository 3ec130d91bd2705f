#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#elseif canImport(Darwin)
    private import Darwin
#endif

/// Gains as people state them.
enum Decibels {
    /// The factor of a gain: 1 for 0 dB, 0 from -100 dB down, 10 from 20 dB up.
    static func amplitude(_ decibels: Double) -> Float {
        decibels > -100 ? Float(pow(10, min(decibels, 20) / 20)) : 0
    }
}
