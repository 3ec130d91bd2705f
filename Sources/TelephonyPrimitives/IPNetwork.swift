/// A block of IP addresses that begin alike, such as `192.0.2.0/24`, or a single address.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    public let address: IPAddress
    /// How many leading bits all addresses of the block share: up to 32 for IPv4, 128 for IPv6.
    public let length: Int

    /// A single address. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) counts as what it is.
    public init(_ address: IPAddress) {
        let address = address.unmapped
        self.init(address, length: address.bitCount)
    }

    private init(_ address: IPAddress, length: Int) {
        self.address = address.masked(to: length)
        self.length = length
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or an address alone; bits behind the length are dropped. `nil` for anything
    /// else, host names included.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1]), length <= address.bitCount
        else { return nil }
        self.init(address, length: length)
    }

    /// Whether an address is one of the block's.
    public func contains(_ other: IPAddress) -> Bool {
        let other = other.unmapped
        return other.bitCount == address.bitCount && other.masked(to: length) == address
    }

    /// The most addresses that ``addresses`` lists.
    public static let maximumListed = 256

    /// The addresses of the block, lowest first; `nil` when they are more than ``maximumListed``.
    public var addresses: [IPAddress]? {
        let bits = address.bitCount - length
        guard bits <= 8 else { return nil }
        let count = UInt64(1) << UInt64(bits)
        return (0..<count).map { offset in
            switch address {
            case .v4(let number): .v4(number | UInt32(truncatingIfNeeded: offset))
            case .v6(let upper, let lower): .v6(upper, lower | offset)
            }
        }
    }

    /// As it is read; a single address without its length.
    public var description: String { length == address.bitCount ? "\(address)" : "\(address)/\(length)" }
}

extension IPAddress {
    /// Itself, or the IPv4 address that it holds (RFC 4291 §2.5.5.2).
    fileprivate var unmapped: IPAddress {
        guard case .v6(let upper, let lower) = self, upper == 0, lower >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: lower))
    }

    fileprivate var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// With every bit behind the first `length` cleared. A shift by all of a number's bits gives zero.
    fileprivate func masked(to length: Int) -> IPAddress {
        switch self {
        case .v4(let number): .v4(number & ~(UInt32.max >> UInt32(clamping: length)))
        case .v6(let upper, let lower):
            .v6(
                upper & ~(UInt64.max >> UInt64(clamping: min(length, 64))),
                lower & ~(UInt64.max >> UInt64(clamping: max(0, length - 64))))
        }
    }
}
