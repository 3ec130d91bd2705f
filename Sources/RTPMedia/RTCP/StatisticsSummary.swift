/// Loss, duplicates, jitter and hops of a range of packets (RFC 3611 §4.6). What is `nil` is not told.
public struct StatisticsSummary: Sendable, Equatable {
    static let length = 36

    /// Least, greatest, mean and standard deviation.
    public struct Spread<Value: Sendable & Hashable>: Sendable, Hashable {
        /// The least.
        public var minimum: Value
        /// The greatest.
        public var maximum: Value
        /// The mean.
        public var mean: Value
        /// The standard deviation.
        public var deviation: Value

        /// All of one unit.
        public init(minimum: Value, maximum: Value, mean: Value, deviation: Value) {
            self.minimum = minimum
            self.maximum = maximum
            self.mean = mean
            self.deviation = deviation
        }
    }

    /// What ``hops`` was read from.
    public enum HopField: UInt8, Sendable, Hashable {
        /// TTL of IPv4.
        case timeToLive = 1
        /// Hop Limit of IPv6.
        case hopLimit = 2
        /// A value that RFC 3611 does not give a meaning.
        case reserved = 3
    }

    /// The stream that it is about.
    public var ssrc: UInt32
    /// The first sequence number that is told of.
    public var first: UInt16
    /// The first that isn't told of any more.
    public var end: UInt16
    /// Packets that never came.
    public var lost: UInt32?
    /// Packets that came again.
    public var duplicates: UInt32?
    /// In RTP timestamp units.
    public var jitter: Spread<UInt32>?
    /// TTL or Hop Limit, 0 to 255.
    public var hops: Spread<UInt8>?
    /// Which of the two.
    public var hopField: HopField?

    /// - Parameters:
    ///   - ssrc: the stream that it is about.
    ///   - first: the first sequence number that is told of.
    ///   - end: the first that isn't told of any more.
    ///   - lost: packets that never came.
    ///   - duplicates: packets that came again.
    ///   - jitter: in RTP timestamp units.
    ///   - hops: TTL or Hop Limit, 0 to 255.
    ///   - hopField: which of the two; TTL unless told otherwise.
    public init(
        ssrc: UInt32, first: UInt16, end: UInt16, lost: UInt32? = nil, duplicates: UInt32? = nil,
        jitter: Spread<UInt32>? = nil, hops: Spread<UInt8>? = nil, hopField: HopField? = nil
    ) {
        self.ssrc = ssrc
        self.first = first
        self.end = end
        self.lost = lost
        self.duplicates = duplicates
        self.jitter = jitter
        self.hops = hops
        self.hopField = hops == nil ? nil : hopField ?? .timeToLive
    }

    /// Reads a block's content of ``length`` octets.
    init(specific flags: UInt8, _ content: ArraySlice<UInt8>) {
        let start = content.startIndex
        func word(_ index: Int) -> UInt32 { content.bigEndian32(at: start + index * 4) }
        func octet(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: word(8) >> UInt32(24 - index * 8)) }
        let field = HopField(rawValue: flags >> 3 & 3)
        self.init(
            ssrc: word(0), first: content.bigEndian16(at: start + 4), end: content.bigEndian16(at: start + 6),
            lost: flags & 0x80 != 0 ? word(2) : nil, duplicates: flags & 0x40 != 0 ? word(3) : nil,
            jitter: flags & 0x20 != 0
                ? Spread(minimum: word(4), maximum: word(5), mean: word(6), deviation: word(7)) : nil,
            hops: field == nil
                ? nil : Spread(minimum: octet(0), maximum: octet(1), mean: octet(2), deviation: octet(3)),
            hopField: field)
    }

    /// The octet after the type: what is told.
    var flags: UInt8 {
        let field = hopField ?? .timeToLive
        return (lost == nil ? 0 : 0x80) | (duplicates == nil ? 0 : 0x40) | (jitter == nil ? 0 : 0x20)
            | (hops == nil ? 0 : field.rawValue << 3)
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets.append(bigEndian: first)
        octets.append(bigEndian: end)
        octets.append(bigEndian: lost ?? 0)
        octets.append(bigEndian: duplicates ?? 0)
        octets.append(bigEndian: jitter?.minimum ?? 0)
        octets.append(bigEndian: jitter?.maximum ?? 0)
        octets.append(bigEndian: jitter?.mean ?? 0)
        octets.append(bigEndian: jitter?.deviation ?? 0)
        octets += [hops?.minimum ?? 0, hops?.maximum ?? 0, hops?.mean ?? 0, hops?.deviation ?? 0]
    }
}
