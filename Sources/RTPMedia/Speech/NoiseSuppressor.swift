private import CSpeexDSP

/// libspeexdsp's noise suppression: lowers what stays as it is for seconds, in each band by itself. It is 20 ms late.
///
/// It is the only owner of the library's state and frees it. Whoever holds it must not share it: one frame at a time.
@safe final class NoiseSuppressor: @unchecked Sendable {
    private let state: OpaquePointer
    private let length: Int

    /// - Parameters:
    ///   - length: samples of a frame.
    ///   - suppression: dB by which noise is lowered at most.
    init(length: Int, sampleRate: Int, suppression: Int) throws(SpeechFrontEndError) {
        guard let made = unsafe speex_preprocess_state_init(Int32(length), Int32(sampleRate)) else { throw .library }
        var (on, off, level) = (Int32(1), Int32(0), Int32(-suppression))
        _ = unsafe speex_preprocess_ctl(made, SPEEX_PREPROCESS_SET_DENOISE, &on)
        _ = unsafe speex_preprocess_ctl(made, SPEEX_PREPROCESS_SET_AGC, &off)
        _ = unsafe speex_preprocess_ctl(made, SPEEX_PREPROCESS_SET_DEREVERB, &off)
        _ = unsafe speex_preprocess_ctl(made, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &level)
        unsafe state = made
        self.length = length
    }

    deinit { unsafe speex_preprocess_state_destroy(state) }

    /// Works on a frame in place. A span of another length is left alone.
    func suppress(_ samples: inout MutableSpan<Int16>) {
        guard samples.count == length else { return }
        unsafe samples.withUnsafeMutableBufferPointer { samples in
            guard let samples = samples.baseAddress else { return }
            _ = unsafe speex_preprocess_run(state, samples)
        }
    }
}
