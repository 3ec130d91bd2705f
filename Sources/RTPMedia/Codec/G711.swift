/// ITU-T G.711: 8 bits for each sample at 8 kHz, in a µ-law or an A-law.
///
/// Both laws are a sign, a power of two and four bits behind it: a floating-point number of eight bits. So is one coded
/// and decoded here, several at a time, with no table that a call would have to pull through the cache.
public struct G711: AudioEncoder, AudioDecoder {
    /// The two laws of G.711.
    public enum Law: Sendable, Hashable, CaseIterable {
        /// µ-law: PCMU.
        case mu
        /// A-law: PCMA.
        case a
    }

    /// The law that is coded by.
    public let law: Law

    /// 8 000 Hz.
    public var sampleRate: Int { 8000 }
    /// 8 000 Hz (RFC 3551 §4.5.14).
    public var clockRate: Int { 8000 }

    /// A coder and decoder of one law; it remembers nothing.
    public init(_ law: Law) {
        self.law = law
    }

    /// There is nothing that it remembers.
    public func reset() {}

    /// One sample for each octet.
    public func sampleCount(of payload: Span<UInt8>) -> Int { payload.count }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        samples.append(addingCapacity: payload.count) { output in
            output.append(repeating: 0, count: payload.count)
            var target = output.mutableSpan
            let count = min(payload.count, target.count)
            switch law {
            case .mu: for index in 0..<count { target[index] = Self.linear(muLaw: payload[index]) }
            case .a: for index in 0..<count { target[index] = Self.linear(aLaw: payload[index]) }
            }
        }
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) {
        payload.append(addingCapacity: samples.count) { output in
            output.append(repeating: 0, count: samples.count)
            var target = output.mutableSpan
            let count = min(samples.count, target.count)
            switch law {
            case .mu: for index in 0..<count { target[index] = Self.muLaw(samples[index]) }
            case .a: for index in 0..<count { target[index] = Self.aLaw(samples[index]) }
            }
        }
    }

    /// The octets of samples, for those who have an array.
    public func encode(_ samples: [Int16]) -> [UInt8] {
        var payload: [UInt8] = []
        encode(samples.span, into: &payload)
        return payload
    }

    /// The samples of octets, for those who have a slice.
    public func decode(_ payload: ArraySlice<UInt8>) -> [Int16] {
        var samples: [Int16] = []
        decode(payload.span, into: &samples)
        return samples
    }

    // MARK: The laws

    /// One octet by a law.
    static func linear(_ octet: UInt8, _ law: Law) -> Int16 {
        switch law {
        case .mu: linear(muLaw: octet)
        case .a: linear(aLaw: octet)
        }
    }

    /// 14-bit magnitude with a bias of 33, so that each segment begins at a power of two: its exponent as a
    /// floating-point number is the segment, the first four bits of the fraction are the step. All bits are inverted on
    /// the line (G.711 Table 2a).
    @inline(__always)
    private static func muLaw(_ sample: Int16) -> UInt8 {
        let sign = sample &>> 15
        let magnitude = min(((sample ^ sign) &>> 2) &+ 33, 0x1FFF)
        let scaled = UInt16(truncatingIfNeeded: Float(Int32(magnitude)).bitPattern &>> 19)
        return ~(UInt8(truncatingIfNeeded: scaled &- (132 &<< 4)) | UInt8(truncatingIfNeeded: sign) & 0x80)
    }

    @inline(__always)
    private static func linear(muLaw octet: UInt8) -> Int16 {
        let code = Int16(Int8(bitPattern: ~octet))
        // Segment and step as exponent and fraction, half a step added; then 33 · 4 less.
        let value = float(upper: UInt16(bitPattern: code & 0x7F) &* 8 &+ (134 &<< 7 | 4))
        return signed(integer(value, less: 132), code &>> 15)
    }

    /// 12-bit magnitude; the two lowest segments have the same step; the even bits are inverted on the line (G.711
    /// Table 1a).
    @inline(__always)
    private static func aLaw(_ sample: Int16) -> UInt8 {
        let sign = sample &>> 15
        let magnitude = (sample ^ sign) &>> 4
        // Below 16 there is no segment to find: with 16 on top it is that of the next.
        let missing = ((magnitude &- 16) &>> 15) & 16
        let scaled = Int16(truncatingIfNeeded: Float(Int32(magnitude | missing)).bitPattern &>> 19)
        let code = scaled &- (130 &<< 4) &- missing
        return UInt8(truncatingIfNeeded: code) ^ (UInt8(truncatingIfNeeded: sign) & 0x80) ^ 0xD5
    }

    @inline(__always)
    private static func linear(aLaw octet: UInt8) -> Int16 {
        let code = Int16(Int8(bitPattern: octet ^ 0x55))
        let bits = code & 0x7F
        // In the lowest segment the step counts from 0, not from a power of two.
        let value = float(upper: UInt16(bitPattern: max(bits, 16)) &* 8 &+ (134 &<< 7 | 4))
        let magnitude = integer(value, less: 0) &- (16 &- min(bits, 16)) &* 16
        return signed(magnitude, ~(code &>> 15))
    }

    /// A number by the upper half of its octets.
    @inline(__always)
    private static func float(upper: UInt16) -> Float { Float(bitPattern: UInt32(upper) &<< 16) }

    /// A whole number from 0 to 32 767. Beside 2^23 its units are the lowest bit of the fraction.
    @inline(__always)
    private static func integer(_ value: Float, less offset: Float) -> Int16 {
        Int16(truncatingIfNeeded: (value + (8_388_608 - offset)).bitPattern)
    }

    /// The magnitude where `mask` is 0, its negative where it is -1.
    @inline(__always)
    private static func signed(_ magnitude: Int16, _ mask: Int16) -> Int16 { (magnitude ^ mask) &- mask }
}
