private import COpus

/// The state of an encoder or a decoder of libopus: octets that mean the same wherever they lie, so that they can be
/// copied. They hold sound of a call and are wiped when it is over.
///
/// All that touches the library and its memory is in this file. A state is changed only by an owner that knows itself
/// to be the only one, which is why it may cross threads.
@safe final class OpusState: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    private let size: Int
    /// 1 or 2; the samples of both stand side by side.
    let channels: Int

    private init(size: Int, channels: Int) {
        self.size = max(size, 1)
        self.channels = channels
        unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: self.size, alignment: 16)
    }

    deinit {
        unsafe opus_shim_wipe(memory, size)
        unsafe memory.deallocate()
    }

    private var handle: OpaquePointer { unsafe OpaquePointer(memory) }

    func copy() -> OpusState {
        let other = OpusState(size: size, channels: channels)
        unsafe other.memory.copyMemory(from: memory, byteCount: size)
        return other
    }

    // MARK: Decoding

    static func decoder(sampleRate: OpusSampleRate, isStereo: Bool = false) -> OpusState {
        let channels: Int32 = isStereo ? 2 : 1
        let state = OpusState(size: Int(opus_decoder_get_size(channels)), channels: Int(channels))
        // It fails for other rates and numbers of channels only.
        _ = unsafe opus_decoder_init(state.handle, Int32(sampleRate.rawValue), channels)
        return state
    }

    func resetDecoder() { _ = unsafe opus_shim_reset_decoder(handle) }

    /// Appends `count` samples of each channel of a packet, or in place of one that is lost when it is empty.
    ///
    /// - Parameter redundancy: what the packet tells about the one before it, instead of itself.
    /// - Returns: `false`, and nothing is appended, when the library refuses.
    func decode(_ packet: Span<UInt8>, _ count: Int, redundancy: Bool, into samples: inout [Int16]) -> Bool {
        var isDecoded = false
        let all = count * channels
        samples.append(addingCapacity: all) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                unsafe packet.withUnsafeBufferPointer { octets in
                    guard let place = buffer.baseAddress, buffer.count >= all else { return }
                    let data = octets.isEmpty ? nil : octets.baseAddress
                    let decoded = unsafe opus_decode(
                        handle, data, Int32(clamping: octets.count), place, Int32(clamping: count), redundancy ? 1 : 0)
                    isDecoded = decoded == count
                    initialized = isDecoded ? all : 0
                }
            }
        }
        return isDecoded
    }

    // MARK: Encoding

    /// An encoder for speech.
    static func encoder(sampleRate: OpusSampleRate, isStereo: Bool = false) -> OpusState {
        let channels: Int32 = isStereo ? 2 : 1
        let state = OpusState(size: Int(opus_encoder_get_size(channels)), channels: Int(channels))
        _ = unsafe opus_encoder_init(state.handle, Int32(sampleRate.rawValue), channels, OPUS_APPLICATION_VOIP)
        return state
    }

    func resetEncoder() { _ = unsafe opus_shim_reset_encoder(handle) }

    func apply(_ settings: OpusEncoder.Settings) {
        _ = unsafe opus_shim_set_bitrate(handle, Int32(clamping: settings.bitRate))
        _ = unsafe opus_shim_set_complexity(handle, Int32(clamping: settings.complexity))
        _ = unsafe opus_shim_set_vbr(handle, settings.isConstant ? 0 : 1)
        _ = unsafe opus_shim_set_dtx(handle, settings.isDiscontinuous ? 1 : 0)
        _ = unsafe opus_shim_set_inband_fec(handle, settings.correctsErrors ? 1 : 0)
        _ = unsafe opus_shim_set_packet_loss(handle, Int32(clamping: settings.expectedLoss))
        let bandwidth =
            switch settings.audibleRate {
            case ..<12_000: OPUS_BANDWIDTH_NARROWBAND
            case ..<16_000: OPUS_BANDWIDTH_MEDIUMBAND
            case ..<24_000: OPUS_BANDWIDTH_WIDEBAND
            case ..<48_000: OPUS_BANDWIDTH_SUPERWIDEBAND
            default: OPUS_BANDWIDTH_FULLBAND
            }
        _ = unsafe opus_shim_set_max_bandwidth(handle, bandwidth)
    }

    /// By how many samples the sound comes later than it went in.
    var lookahead: Int {
        var samples: Int32 = 0
        _ = unsafe opus_shim_get_lookahead(handle, &samples)
        return Int(samples)
    }

    /// Appends a packet of `maximum` octets at most.
    ///
    /// - Returns: how many there are; nothing is appended for fewer than `minimum`.
    func encode(
        _ samples: Span<Int16>, minimum: Int, maximum: Int, into payload: inout [UInt8]
    ) -> Int {
        var length = 0
        payload.append(addingCapacity: maximum) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                unsafe samples.withUnsafeBufferPointer { source in
                    guard let from = source.baseAddress, let to = buffer.baseAddress, buffer.count >= maximum else {
                        return
                    }
                    let written = unsafe opus_encode(
                        handle, from, Int32(clamping: source.count / channels), to, Int32(clamping: maximum))
                    length = min(max(Int(written), 0), maximum)
                    initialized = length < minimum ? 0 : length
                }
            }
        }
        return length
    }
}
