import TelephonyPrimitives

extension IPAddress {
    /// As certificates have it: 4 or 16 octets.
    var octets: [UInt8] {
        func big(_ number: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
        }
        return switch self {
        case .v4(let number): big(UInt64(number), 4)
        case .v6(let high, let low): big(high, 8) + big(low, 8)
        }
    }
}
