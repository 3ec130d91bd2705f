/// ITU-T G.711: 8 bits for each sample, in a µ-law or an A-law.
public struct G711: AudioCodec {
    public enum Law: Sendable, Equatable, CaseIterable {
        case mu
        case a
    }

    public let law: Law
    public let sampleRate = 8000
    public let clockRate = 8000

    public var name: String {
        switch law {
        case .mu: "PCMU"
        case .a: "PCMA"
        }
    }

    private let encoding: [UInt8]
    private let decoding: [Int16]

    public init(_ law: Law) {
        self.law = law
        switch law {
        case .mu: (encoding, decoding) = (Self.muEncoding, Self.muDecoding)
        case .a: (encoding, decoding) = (Self.aEncoding, Self.aDecoding)
        }
    }

    public func encode(_ samples: [Int16]) -> [UInt8] {
        samples.map { encoding[Int(UInt16(bitPattern: $0))] }
    }

    public func decode(_ payload: ArraySlice<UInt8>) -> [Int16] {
        payload.map { decoding[Int($0)] }
    }

    // Computed once per process: a sample costs one look-up.
    private static let muEncoding = (0...UInt16.max).map { muLaw(Int16(bitPattern: $0)) }
    private static let aEncoding = (0...UInt16.max).map { aLaw(Int16(bitPattern: $0)) }
    private static let muDecoding = (0...UInt8.max).map(linear(muLaw:))
    private static let aDecoding = (0...UInt8.max).map(linear(aLaw:))

    /// 14-bit magnitude with a bias of 33, so that each segment begins at a power of two; all bits are inverted on the
    /// line (G.711 Table 2a).
    private static func muLaw(_ sample: Int16) -> UInt8 {
        let magnitude = min(Int(sample < 0 ? ~sample : sample) >> 2 + 33, 0x1FFF)
        let segment = max(0, magnitude.bitWidth - magnitude.leadingZeroBitCount - 6)
        let step = (magnitude >> (segment + 1)) & 0x0F
        let sign = sample < 0 ? 0x80 : 0
        return ~UInt8(sign | segment << 4 | step)
    }

    private static func linear(muLaw octet: UInt8) -> Int16 {
        let code = ~octet
        let segment = Int16(code >> 4 & 7)
        let step = Int16(code & 0x0F)
        let magnitude = ((step << 3) + 0x84) << segment - 0x84
        return code & 0x80 == 0 ? magnitude : -magnitude
    }

    /// 12-bit magnitude; the two lowest segments have the same step; the even bits are inverted on the line (G.711
    /// Table 1a).
    private static func aLaw(_ sample: Int16) -> UInt8 {
        let magnitude = Int(sample < 0 ? ~sample : sample) >> 4
        let segment = max(0, magnitude.bitWidth - magnitude.leadingZeroBitCount - 4)
        let step = (magnitude >> max(0, segment - 1)) & 0x0F
        let sign = sample < 0 ? 0 : 0x80
        return UInt8(sign | segment << 4 | step) ^ 0x55
    }

    private static func linear(aLaw octet: UInt8) -> Int16 {
        let code = octet ^ 0x55
        let segment = Int(code >> 4 & 7)
        let step = Int(code & 0x0F)
        let magnitude = segment == 0 ? step << 4 + 8 : (step << 4 + 0x108) << (segment - 1)
        return code & 0x80 == 0 ? Int16(-magnitude) : Int16(magnitude)
    }
}
