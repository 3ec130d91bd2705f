#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#elseif canImport(Darwin)
    private import Darwin
#endif

/// How loud audio is, in decibels relative to the overload point (dBov, RFC 6464 §3): a full-scale square wave is 0, a
/// full-scale sine −3.
public struct LevelMeter: Sendable {
    /// The value for digital silence, in dBov: RFC 6464's lowest.
    public static let floor = -127.0

    private var energy = 0.0
    private var samples = 0
    private var highest = 0

    /// A meter to which nothing was added: its level is ``floor``.
    public init() {}

    /// Adds samples to what is measured.
    public mutating func add(_ new: some Sequence<Int16>) {
        for sample in new {
            let value = Int(sample)
            energy += Double(value * value)
            highest = max(highest, abs(value))
            samples += 1
        }
    }

    /// Adds a frame to what is measured.
    public mutating func add(_ frame: Span<Int16>) {
        unsafe frame.withUnsafeBufferPointer { (frame: UnsafeBufferPointer<Int16>) in
            // In whole numbers of few bits, so that several are taken at a time.
            var sum: Int64 = 0
            var least: Int16 = 0
            var greatest: Int16 = 0
            for index in 0..<frame.count {
                let sample = unsafe frame[index]
                sum &+= Int64(Int32(sample) &* Int32(sample))
                least = min(least, sample)
                greatest = max(greatest, sample)
            }
            energy += Double(sum)
            highest = max(highest, -Int(least), Int(greatest))
        }
        samples += frame.count
    }

    /// The root mean square of what was added since the last reset, in dBov, −127 to 0.
    public var level: Double {
        samples > 0 ? Self.decibels((energy / Double(samples)).squareRoot()) : Self.floor
    }

    /// The highest sample since the last reset, in dBov, −127 to 0.
    public var peak: Double { Self.decibels(Double(highest)) }

    /// Starts measuring anew.
    public mutating func reset() { self = LevelMeter() }

    /// The root mean square of `samples`, in dBov, −127 to 0.
    public static func level(of samples: some Sequence<Int16>) -> Double {
        var meter = LevelMeter()
        meter.add(samples)
        return meter.level
    }

    /// The root mean square of a frame, in dBov, −127 to 0.
    public static func level(of frame: Span<Int16>) -> Double {
        var meter = LevelMeter()
        meter.add(frame)
        return meter.level
    }

    private static func decibels(_ amplitude: Double) -> Double {
        amplitude > 0 ? max(floor, min(0, 20 * log10(amplitude / 32_768))) : floor
    }
}
