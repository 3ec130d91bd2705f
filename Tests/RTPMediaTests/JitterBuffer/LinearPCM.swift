import RTPMedia
import TelephonyPrimitives

/// Sixteen-bit linear audio in network order (L16, RFC 3551 §4.5.11): what goes in is what comes out, at any rate.
struct LinearPCM: AudioDecoder {
    static let payloadType: UInt8 = 97

    var sampleRate = 8000
    var clockRate = 8000

    static func payload(_ samples: [Int16]) -> [UInt8] {
        samples.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    func sampleCount(of payload: Span<UInt8>) -> Int { payload.count / 2 }

    func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        for index in 0..<payload.count / 2 {
            samples.append(Int16(bitPattern: UInt16(payload[2 * index]) << 8 | UInt16(payload[2 * index + 1])))
        }
    }

    func conceal(_ count: Int, into samples: inout [Int16]) -> Bool { false }
    func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool { false }
    func reset() {}
}

extension JitterBuffer {
    /// A buffer that plays ``LinearPCM``.
    init(linear configuration: JitterBufferConfiguration, clockRate: Int? = nil) {
        self.init(configuration: configuration)
        setDecoder(
            LinearPCM(sampleRate: configuration.sampleRate, clockRate: clockRate ?? configuration.sampleRate),
            for: LinearPCM.payloadType)
    }

    @discardableResult
    mutating func insert(
        linear samples: [Int16], sequence: UInt16, timestamp: UInt32, marker: Bool = false, arrival: Instant
    ) -> InsertOutcome {
        insert(
            payload: LinearPCM.payload(samples).span, payloadType: LinearPCM.payloadType, sequence: sequence,
            timestamp: timestamp, marker: marker, arrival: arrival)
    }
}
