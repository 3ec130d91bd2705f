/// The encoder of ITU-T G.722 at 64 kbit/s: 16 kHz, one octet for two samples. Its RTP clock runs at 8 000 all the same
/// (RFC 3551 §4.5.2).
public struct G722Encoder: AudioEncoder {
    /// 16 000 Hz.
    public var sampleRate: Int { 16_000 }
    /// 8 000 Hz (RFC 3551 §4.5.2).
    public var clockRate: Int { 8000 }

    private var lower = G722Band(step: 32)
    private var upper = G722Band(step: 8)
    private var filter = G722Filter()
    private let lowerSteps = G722Tables.lowerSteps
    private let upperSteps = G722Tables.upperSteps

    /// An encoder at the beginning of a stream.
    public init() {}

    public mutating func reset() { self = G722Encoder() }

    /// Appends an octet for every two samples; one sample too many is left out.
    public mutating func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) {
        let pairs = samples.count / 2
        payload.append(addingCapacity: pairs) { output in
            var start = 0
            while start < pairs {
                let count = min(pairs &- start, G722Filter.block)
                encode(samples.extracting((start &* 2)..<((start &+ count) &* 2)), count, into: &output)
                start &+= count
            }
        }
    }

    private mutating func encode(_ samples: Span<Int16>, _ count: Int, into output: inout OutputSpan<UInt8>) {
        for index in 0..<count {
            filter.set(index, first: samples[index &* 2], second: samples[index &* 2 &+ 1])
        }
        var ahead = G722Filter.Sums(repeating: 0)
        var behind = G722Filter.Sums(repeating: 0)
        filter.filter(count, &ahead, &behind)
        // Out of their places, so that they stay in registers.
        var (low, high) = (lower, upper)
        for index in 0..<count {
            let code = Self.encodeLower((behind[index] &+ ahead[index]) &>> 14, &low, lowerSteps)
            output.append(code | Self.encodeUpper((behind[index] &- ahead[index]) &>> 14, &high, upperSteps))
        }
        (lower, upper) = (low, high)
    }

    /// Block 1L to 4L: six bits.
    @inline(__always)
    private static func encodeLower(_ sample: Int32, _ band: inout G722Band, _ steps: [Int16]) -> UInt8 {
        band.predict()
        let difference = sample &- band.prediction
        let sign = difference &>> 31
        // A difference that 16 bits don't hold is on the outermost level anyway.
        // The last level that begins at or below the magnitude, by halving.
        let scaled = (difference ^ sign) &<< 12 | 0xFFF
        var level = 0
        level = scaled >= G722Tables.decisions[level | 16] &* band.step ? level | 16 : level
        level = scaled >= G722Tables.decisions[level | 8] &* band.step ? level | 8 : level
        level = scaled >= G722Tables.decisions[level | 4] &* band.step ? level | 4 : level
        level = scaled >= G722Tables.decisions[level | 2] &* band.step ? level | 2 : level
        level = scaled >= G722Tables.decisions[level | 1] &* band.step ? level | 1 : level
        let code = G722Tables.codes[level | Int(truncatingIfNeeded: ~sign & 32)]
        let short = Int(code &>> 2)
        let quantized = (band.step &* Int32(G722Tables.inverse4[short])) &>> 15
        band.adaptStep(by: G722Tables.lowerChanges[short], limit: G722Tables.lowerLimit, steps: steps)
        band.adapt(to: quantized)
        return code
    }

    /// Block 1H to 4H: two bits, where they stand in the octet.
    @inline(__always)
    private static func encodeUpper(_ sample: Int32, _ band: inout G722Band, _ steps: [Int16]) -> UInt8 {
        band.predict()
        let difference = sample &- band.prediction
        let sign = difference &>> 31
        let isOuter = (difference ^ sign) >= (564 &* band.step) &>> 12
        let code = Int(truncatingIfNeeded: ~sign & 2) | (isOuter ? 0 : 1)
        let quantized = (band.step &* Int32(G722Tables.inverse2[code])) &>> 15
        band.adaptStep(by: G722Tables.upperChanges[code], limit: G722Tables.upperLimit, steps: steps)
        band.adapt(to: quantized)
        return UInt8(truncatingIfNeeded: code) &<< 6
    }
}
