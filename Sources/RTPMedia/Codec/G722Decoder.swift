/// The decoder of ITU-T G.722: 16 kHz, two samples for each octet. Its RTP clock runs at 8 000 all the same (RFC 3551
/// §4.5.2).
public struct G722Decoder: AudioDecoder {
    /// How many bits of each octet are sound (G.722 §1.3). Over RTP it is always all of them.
    public enum Mode: Sendable, Hashable, CaseIterable {
        /// Eight bits of eight: 64 kbit/s.
        case kbit64
        /// Seven bits of eight: 56 kbit/s.
        case kbit56
        /// Six bits of eight: 48 kbit/s.
        case kbit48
    }

    /// 16 000 Hz.
    public var sampleRate: Int { 16_000 }
    /// 8 000 Hz (RFC 3551 §4.5.2).
    public var clockRate: Int { 8000 }
    /// How many bits of each octet are sound.
    public let mode: Mode

    private var lower = G722Band(step: 32)
    private var upper = G722Band(step: 8)
    private var filter = G722Filter()
    private let lowerSteps = G722Tables.lowerSteps
    private let upperSteps = G722Tables.upperSteps
    private let inverse: [Int16]

    /// - Parameter mode: how many bits of each octet are sound.
    public init(mode: Mode = .kbit64) {
        self.mode = mode
        inverse =
            switch mode {
            case .kbit64: G722Tables.inverse6
            case .kbit56: G722Tables.inverse5
            case .kbit48: G722Tables.inverse4AtSixBits
            }
    }

    public mutating func reset() { self = G722Decoder(mode: mode) }

    /// Two samples for each octet.
    public func sampleCount(of payload: Span<UInt8>) -> Int { payload.count &* 2 }

    public mutating func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        samples.append(addingCapacity: payload.count &* 2) { output in
            var start = 0
            while start < payload.count {
                let count = min(payload.count &- start, G722Filter.block)
                decode(payload.extracting(start..<(start &+ count)), into: &output)
                start &+= count
            }
        }
    }

    private mutating func decode(_ octets: Span<UInt8>, into output: inout OutputSpan<Int16>) {
        var (low, high) = (lower, upper)
        for index in octets.indices {
            let octet = octets[index]
            let below = Self.decodeLower(octet, &low, lowerSteps, inverse)
            let above = Self.decodeUpper(octet, &high, upperSteps)
            filter.set(
                index, first: Int16(truncatingIfNeeded: below &+ above),
                second: Int16(truncatingIfNeeded: below &- above))
        }
        (lower, upper) = (low, high)
        var ahead = G722Filter.Sums(repeating: 0)
        var behind = G722Filter.Sums(repeating: 0)
        filter.filter(octets.count, &ahead, &behind)
        for index in octets.indices {
            output.append(Int16(truncatingIfNeeded: G722Band.saturated(behind[index] &>> 11)))
            output.append(Int16(truncatingIfNeeded: G722Band.saturated(ahead[index] &>> 11)))
        }
    }

    /// Block 2L to 6L.
    @inline(__always)
    private static func decodeLower(
        _ octet: UInt8, _ band: inout G722Band, _ steps: [Int16], _ inverse: [Int16]
    ) -> Int32 {
        band.predict()
        let code = Int(octet & 0x3F)
        let sample = limited(band.prediction &+ (band.step &* Int32(inverse[code])) &>> 15)
        // Both ends adapt by the four bits that no mode takes away.
        let short = code &>> 2
        let quantized = (band.step &* Int32(G722Tables.inverse4[short])) &>> 15
        band.adaptStep(by: G722Tables.lowerChanges[short], limit: G722Tables.lowerLimit, steps: steps)
        band.adapt(to: quantized)
        return sample
    }

    /// Block 2H to 6H.
    @inline(__always)
    private static func decodeUpper(_ octet: UInt8, _ band: inout G722Band, _ steps: [Int16]) -> Int32 {
        band.predict()
        let code = Int(octet &>> 6)
        let quantized = (band.step &* Int32(G722Tables.inverse2[code])) &>> 15
        let sample = limited(band.prediction &+ quantized)
        band.adaptStep(by: G722Tables.upperChanges[code], limit: G722Tables.upperLimit, steps: steps)
        band.adapt(to: quantized)
        return sample
    }

    /// 15 bits are what the filter takes.
    @inline(__always)
    private static func limited(_ value: Int32) -> Int32 { min(max(value, -16_384), 16_383) }
}
