/// 16-bit samples as they are, the upper octet first (RFC 3551 §4.5.11), at any rate.
public struct L16: AudioEncoder, AudioDecoder {
    /// Samples per second, 1 000 to 192 000.
    public let sampleRate: Int
    /// RTP timestamp units per second: the sample rate.
    public var clockRate: Int { sampleRate }

    /// - Parameter sampleRate: 1 000 to 192 000 Hz; clamped.
    public init(sampleRate: Int) {
        self.sampleRate = min(max(sampleRate, 1000), 192_000)
    }

    /// There is nothing that it remembers.
    public func reset() {}

    /// Half a sample at the end doesn't count.
    public func sampleCount(of payload: Span<UInt8>) -> Int { payload.count / 2 }

    public func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        let count = payload.count / 2
        samples.append(addingCapacity: count) { output in
            for index in 0..<count {
                let octets = payload.extracting((index &* 2)..<(index &* 2 &+ 2))
                output.append(Int16(bitPattern: UInt16(octets[0]) &<< 8 | UInt16(octets[1])))
            }
        }
    }

    public func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) {
        payload.append(addingCapacity: samples.count &* 2) { output in
            for index in samples.indices {
                output.append(UInt8(truncatingIfNeeded: samples[index] &>> 8))
                output.append(UInt8(truncatingIfNeeded: samples[index]))
            }
        }
    }
}
