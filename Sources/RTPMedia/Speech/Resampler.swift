private import CSpeexDSP

/// Why a ``Resampler`` could not be made.
public enum ResamplerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A rate outside 4 000 to 192 000 samples per second.
    case unsupportedRate(Int)
    /// The library refused; its error code.
    case library(code: Int)

    public var description: String {
        switch self {
        case .unsupportedRate(let rate):
            "A sample rate of \(rate) Hz can't be converted: it must be between 4000 and 192000 Hz."
        case .library(let code):
            "libspeexdsp could not make a resampler (error \(code))."
        }
    }
}

/// Changes the sample rate of a mono stream, piece by piece, by the band-limited interpolation of libspeexdsp.
///
/// The output lags behind the input by ``outputLatency`` samples, which begin the stream as near-silence; ``finish()``
/// yields the end that is still inside. Equal rates pass the samples through unchanged and without latency.
///
/// It is the only owner of the library's state and frees it when it goes out of scope.
@safe public struct Resampler: ~Copyable, @unchecked Sendable {
    /// Samples per second of what goes in.
    public let inputRate: Int
    /// Samples per second of what comes out.
    public let outputRate: Int
    /// How many samples, at the output rate, the output is behind the input.
    public let outputLatency: Int
    /// Nothing when the rates are equal.
    private let state: OpaquePointer?
    private let inputLatency: Int

    /// - Parameters:
    ///   - inputRate: samples per second of what goes in, 4 000 to 192 000.
    ///   - outputRate: samples per second of what comes out, 4 000 to 192 000.
    ///   - quality: 0 (least work) to 10; clamped. At 5 the latency is about 5 ms when one of the rates is 8 000.
    /// - Throws: when a rate is out of range or the library has no memory.
    public init(from inputRate: Int, to outputRate: Int, quality: Int = 5) throws(ResamplerError) {
        for rate in [inputRate, outputRate] where !(4000...192_000).contains(rate) {
            throw .unsupportedRate(rate)
        }
        var made: OpaquePointer?
        if inputRate != outputRate {
            var code: Int32 = 0
            unsafe made = unsafe speex_resampler_init(
                1, UInt32(inputRate), UInt32(outputRate), Int32(min(max(quality, 0), 10)), &code)
            if unsafe made == nil || code != 0 {
                // The library frees what it made when it fails.
                throw .library(code: Int(code))
            }
        }
        self.inputRate = inputRate
        self.outputRate = outputRate
        unsafe state = made
        inputLatency = if let made = unsafe made { unsafe Int(speex_resampler_get_input_latency(made)) } else { 0 }
        outputLatency = if let made = unsafe made { unsafe Int(speex_resampler_get_output_latency(made)) } else { 0 }
    }

    deinit {
        if let state = unsafe state { unsafe speex_resampler_destroy(state) }
    }

    /// Converts the next samples of the stream, any number of them.
    public mutating func process(_ samples: [Int16]) -> [Int16] {
        guard unsafe state != nil else { return samples }
        var result: [Int16] = []
        process(samples.span, into: &result)
        return result
    }

    /// Converts the next samples of the stream, any number of them, and appends what comes out. An array that has room
    /// for it doesn't move.
    public mutating func process(_ samples: Span<Int16>, into result: inout [Int16]) {
        guard let state = unsafe state else {
            result.append(addingCapacity: samples.count) { output in
                for index in samples.indices { output.append(samples[index]) }
            }
            return
        }
        guard !samples.isEmpty else { return }
        let capacity = samples.count * outputRate / inputRate + 64
        var consumedInAll = 0
        // The library may stop when its own buffer is full; each round takes at least one sample in or puts one out.
        while consumedInAll < samples.count {
            var consumed = UInt32(clamping: samples.count - consumedInAll)
            var produced = UInt32(clamping: capacity)
            result.append(addingCapacity: capacity) { output in
                unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                    unsafe samples.withUnsafeBufferPointer { input in
                        guard let from = input.baseAddress, let to = buffer.baseAddress, buffer.count >= capacity else {
                            (consumed, produced) = (0, 0)
                            return
                        }
                        let code = unsafe speex_resampler_process_int(
                            state, 0, from + consumedInAll, &consumed, to, &produced)
                        count = code == 0 ? min(Int(produced), capacity) : 0
                        if code != 0 { (consumed, produced) = (0, 0) }
                    }
                }
            }
            consumedInAll += Int(consumed)
            if consumed == 0, produced == 0 { break }
        }
    }

    /// The samples still inside, to be called once at the end of the stream. A stream that goes on afterwards begins
    /// with silence.
    public mutating func finish() -> [Int16] {
        process(Array(repeating: 0, count: inputLatency))
    }
}
