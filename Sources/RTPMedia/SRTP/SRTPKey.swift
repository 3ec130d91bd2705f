/// A master key with its master salt. Its octets are wiped when the last copy is gone, and no text shows them.
public struct SRTPKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let memory: SRTPKeyMemory

    /// Takes key and salt, in this order.
    public init(octets: Span<UInt8>) {
        memory = SRTPKeyMemory(count: octets.count) { octets[$0] }
    }

    /// A new key for a suite.
    ///
    /// - Parameters:
    ///   - suite: says how long key and salt are.
    ///   - random: must be fit for keys: `SystemRandomNumberGenerator` but in tests.
    public init(for suite: SRTPSuite, using random: inout some RandomNumberGenerator) {
        memory = SRTPKeyMemory(count: suite.masterLength) { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Octets of key and salt together.
    public var count: Int { memory.count }

    /// The octets, for as long as `body` runs.
    public func withOctets<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        memory.withOctets(body)
    }

    public static func == (one: SRTPKey, other: SRTPKey) -> Bool {
        one.count == other.count
            && one.withOctets { mine in
                other.withOctets { theirs in
                    mine.indices.reduce(UInt8(0)) { $0 | (mine[$1] ^ theirs[$1]) } == 0
                }
            }
    }

    public var description: String { "SRTPKey(\(count) octets)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// The name of a key in each packet, where several are in use (RFC 3711 §3.1).
public struct SRTPKeyIdentifier: Sendable, Hashable {
    /// As they stand in the packet: 1 to 128.
    public let octets: [UInt8]

    /// - Returns: `nil` for none or for more than 128 octets.
    public init?(octets: [UInt8]) {
        guard (1...128).contains(octets.count) else { return nil }
        self.octets = octets
    }

    /// A number in `length` octets.
    ///
    /// - Returns: `nil` when it has no room there.
    public init?(_ number: UInt64, length: Int) {
        guard (1...128).contains(length), length >= 8 || number >> UInt64(length * 8) == 0 else { return nil }
        octets = (0..<length).reversed().map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) : 0 }
    }

    /// The number that the octets make; `nil` when it has more than 64 bits.
    public var number: UInt64? {
        guard octets.dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
        return octets.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A master key and what was agreed on about its use (RFC 3711 §8.1).
public struct SRTPMasterKey: Sendable, Equatable {
    /// Key and salt.
    public var key: SRTPKey
    /// Stands in each packet; `nil`: none does.
    public var identifier: SRTPKeyIdentifier?
    /// How many packets it may be used for; `nil`: 2^48, the most there is (RFC 3711 §9.2).
    public var lifetime: UInt64?

    /// - Parameters:
    ///   - key: key and salt.
    ///   - identifier: what stands in each packet; `nil`: nothing does.
    ///   - lifetime: how many packets it may be used for; `nil`: 2^48.
    public init(key: SRTPKey, identifier: SRTPKeyIdentifier? = nil, lifetime: UInt64? = nil) {
        self.key = key
        self.identifier = identifier
        self.lifetime = lifetime
    }
}

/// What is needed to protect the packets of one direction (RFC 3711 §3.2).
public struct SRTPKeying: Sendable, Equatable {
    /// How packets are encrypted and authenticated.
    public var suite: SRTPSuite
    /// One, or several that are told apart by their identifiers. What is sent is sent by the first.
    public var keys: [SRTPMasterKey]

    /// - Parameters:
    ///   - suite: how packets are encrypted and authenticated.
    ///   - keys: one, or several that are told apart by their identifiers.
    public init(suite: SRTPSuite, keys: [SRTPMasterKey]) {
        self.suite = suite
        self.keys = keys
    }
}
