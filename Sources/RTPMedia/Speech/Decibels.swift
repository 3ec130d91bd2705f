#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#elseif canImport(Darwin)
    private import Darwin
#endif

/// Ratios on the logarithmic scale.
enum Decibels {
    static func ofPower(_ ratio: Float) -> Double { 10 * log10(Double(max(ratio, 1e-12))) }
    static func amplitude(_ decibels: Double) -> Float { Float(pow(10, decibels / 20)) }
    /// The factor of a gain that people state: 1 for 0 dB, 0 from -100 dB down, 10 from 20 dB up.
    static func gain(_ decibels: Double) -> Float { decibels > -100 ? amplitude(min(decibels, 20)) : 0 }
    static func power(_ decibels: Double) -> Float { Float(pow(10, decibels / 10)) }
    static func naturalLogarithm(_ value: Float) -> Float { log(value) }
    static func exponential(_ value: Float) -> Float { exp(value) }
}
