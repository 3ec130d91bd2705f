private import CSpeexDSP

/// libspeexdsp's echo canceller: learns the path from what is played to what is heard and subtracts what it predicts.
///
/// It is the only owner of the library's state and frees it. Whoever holds it must not share it: one frame at a time.
@safe final class AdaptiveEchoFilter: @unchecked Sendable {
    private let state: OpaquePointer
    private let length: Int

    /// - Parameters:
    ///   - length: samples of a frame.
    ///   - tail: samples of the path.
    init(length: Int, tail: Int, sampleRate: Int) throws(SpeechFrontEndError) {
        guard let made = unsafe speex_echo_state_init(Int32(length), Int32(tail)) else { throw .library }
        var rate = Int32(sampleRate)
        _ = unsafe speex_echo_ctl(made, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
        unsafe state = made
        self.length = length
    }

    deinit { unsafe speex_echo_state_destroy(state) }

    /// Puts what is left of `heard` into `result`. Spans of another length than a frame's are left alone.
    func cancel(_ heard: Span<Int16>, played: [Int16], into result: inout [Int16]) {
        guard heard.count == length, played.count == length, result.count == length else { return }
        unsafe heard.withUnsafeBufferPointer { heard in
            unsafe played.withUnsafeBufferPointer { played in
                unsafe result.withUnsafeMutableBufferPointer { result in
                    guard let heard = heard.baseAddress, let played = played.baseAddress, let to = result.baseAddress
                    else { return }
                    unsafe speex_echo_cancellation(state, heard, played, to)
                }
            }
        }
    }

    /// Forgets the path.
    func reset() { unsafe speex_echo_state_reset(state) }
}
