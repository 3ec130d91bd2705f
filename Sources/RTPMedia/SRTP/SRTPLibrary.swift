private import CSRTP
private import Synchronization

/// The octets of a key: written once, wiped at the end.
@safe final class SRTPKeyMemory: Sendable {
    let count: Int
    private nonisolated(unsafe) let memory: UnsafeMutablePointer<UInt8>

    init(count: Int, octet: (Int) -> UInt8) {
        self.count = count
        unsafe memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count, 1))
        for index in 0..<count { unsafe (memory + index).initialize(to: octet(index)) }
    }

    deinit {
        unsafe srtp_shim_wipe(memory, count)
        unsafe memory.deallocate()
    }

    func withOctets<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let buffer = unsafe UnsafeBufferPointer(start: memory, count: count)
        return body(unsafe buffer.span)
    }

    /// For the library, which reads it while it derives its own keys and keeps nothing of it.
    fileprivate var pointer: UnsafeMutablePointer<UInt8> { unsafe memory }
}

/// The two contexts of libsrtp2 that a session has. All that touches the library is in this file.
@safe final class SRTPLibrary: Sendable {
    enum Operation {
        case protect, unprotect, protectControl, unprotectControl

        var isSending: Bool { self == .protect || self == .protectControl }
        /// The fixed header of RTP, and of RTCP with the source (RFC 3550 §5.1, §6.4.1).
        var minimumLength: Int { self == .protect || self == .unprotect ? 12 : 8 }
    }

    @safe private struct Contexts {
        var sending: OpaquePointer?
        var receiving: OpaquePointer?
        var statistics = SRTPStatistics()
        var lifetime: UInt64
    }

    /// Packets longer than this are no datagrams.
    private static let maximumLength = 65_535
    /// The most keys that the library takes.
    private static let maximumKeys = 16
    /// The library's own start, once for the process; its result code.
    private static let start = srtp_init()

    private let sendsIdentifier: Bool
    private let receivesIdentifier: Bool
    private let contexts: Mutex<Contexts>

    init(sending: SRTPKeying, receiving: SRTPKeying, replayWindow: Int) throws(SRTPError) {
        guard Self.start == srtp_err_status_ok else { throw .library(code: Int(Self.start.rawValue)) }
        sendsIdentifier = sending.keys.first?.identifier != nil
        receivesIdentifier = receiving.keys.first?.identifier != nil
        let outgoing = unsafe try Self.context(sending, replayWindow, ssrc_any_outbound)
        let incoming: OpaquePointer
        do {
            unsafe incoming = unsafe try Self.context(receiving, replayWindow, ssrc_any_inbound)
        } catch {
            _ = unsafe srtp_dealloc(outgoing)
            throw error
        }
        let lifetime = sending.keys.first?.lifetime ?? 1 << 48
        contexts = unsafe Mutex(Contexts(sending: outgoing, receiving: incoming, lifetime: lifetime))
    }

    deinit {
        contexts.withLock { contexts in
            _ = unsafe srtp_dealloc(contexts.sending)
            _ = unsafe srtp_dealloc(contexts.receiving)
        }
    }

    var statistics: SRTPStatistics { contexts.withLock { $0.statistics } }

    func rolloverCounter(ofSource ssrc: UInt32, sent: Bool) -> UInt32? {
        contexts.withLock { contexts in
            var counter: UInt32 = 0
            let code = unsafe srtp_get_stream_roc(sent ? contexts.sending : contexts.receiving, ssrc, &counter)
            return code == srtp_err_status_ok ? counter : nil
        }
    }

    /// Works on a packet in place; on an error nothing is left of it.
    ///
    /// - Parameter overhead: by how many octets it may grow.
    func run(_ operation: Operation, _ packet: inout [UInt8], overhead: Int) throws(SRTPError) {
        let length = packet.count
        var failure: SRTPError?
        if length < operation.minimumLength || length > Self.maximumLength {
            failure = .malformed
        } else if overhead > 0 {
            packet.append(addingCapacity: overhead) { $0.append(repeating: 0, count: overhead) }
        }
        failure = contexts.withLock { contexts in
            let code = failure ?? run(operation, &packet, length, &contexts)
            if let code {
                contexts.statistics.count(code)
            } else if operation.isSending {
                contexts.statistics.protected += 1
            } else {
                contexts.statistics.accepted += 1
            }
            return code
        }
        if let failure {
            packet.removeAll(keepingCapacity: true)
            throw failure
        }
    }

    private func run(
        _ operation: Operation, _ packet: inout [UInt8], _ length: Int, _ contexts: inout Contexts
    ) -> SRTPError? {
        if operation == .protect {
            guard contexts.lifetime > 0 else { return .keyExpired }
            contexts.lifetime -= 1
        }
        var changed = Int32(length)
        let code = unsafe packet.withUnsafeMutableBytes { octets in
            let place = octets.baseAddress
            return switch operation {
            case .protect:
                unsafe srtp_protect_mki(contexts.sending, place, &changed, sendsIdentifier ? 1 : 0, 0)
            case .unprotect:
                unsafe srtp_unprotect_mki(contexts.receiving, place, &changed, receivesIdentifier ? 1 : 0)
            case .protectControl:
                unsafe srtp_protect_rtcp_mki(contexts.sending, place, &changed, sendsIdentifier ? 1 : 0, 0)
            case .unprotectControl:
                unsafe srtp_unprotect_rtcp_mki(contexts.receiving, place, &changed, receivesIdentifier ? 1 : 0)
            }
        }
        guard code == srtp_err_status_ok else { return Self.error(code) }
        guard changed >= 0, Int(changed) <= packet.count else { return .library(code: Int(code.rawValue)) }
        packet.removeLast(packet.count - Int(changed))
        return nil
    }

    private static func error(_ code: srtp_err_status_t) -> SRTPError {
        switch code {
        case srtp_err_status_auth_fail, srtp_err_status_cant_check: .authenticationFailed
        case srtp_err_status_replay_fail: .replayed
        case srtp_err_status_replay_old, srtp_err_status_pkt_idx_old: .tooOld
        case srtp_err_status_bad_param, srtp_err_status_parse_err: .malformed
        case srtp_err_status_bad_mki: .unknownKey
        case srtp_err_status_key_expired: .keyExpired
        default: .library(code: Int(code.rawValue))
        }
    }

    // MARK: Contexts

    private static func context(
        _ keying: SRTPKeying, _ replayWindow: Int, _ direction: srtp_ssrc_type_t
    ) throws(SRTPError) -> OpaquePointer {
        guard isUsable(keying) else { throw .unusableKeys }
        var policy = unsafe srtp_policy_t()
        unsafe policy.ssrc.type = direction
        unsafe policy.window_size = UInt(replayWindow)
        unsafe set(keying.suite, &policy)
        // The library copies what it keeps; until then the keys and their names lie here.
        let count = keying.keys.count
        let masters = UnsafeMutablePointer<srtp_master_key_t>.allocate(capacity: count)
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<srtp_master_key_t>?>.allocate(capacity: count)
        let identifiers = UnsafeMutablePointer<UInt8>.allocate(capacity: count * 128)
        defer {
            unsafe masters.deallocate()
            unsafe pointers.deallocate()
            unsafe identifiers.deallocate()
        }
        for (index, master) in keying.keys.enumerated() {
            let name = master.identifier?.octets ?? []
            let place = unsafe identifiers + index * 128
            for (offset, octet) in name.enumerated() { unsafe (place + offset).initialize(to: octet) }
            unsafe (masters + index).initialize(
                to: srtp_master_key_t(key: master.key.memory.pointer, mki_id: place, mki_size: UInt32(name.count)))
            unsafe (pointers + index).initialize(to: masters + index)
        }
        unsafe policy.keys = pointers
        unsafe policy.num_master_keys = UInt(count)
        var made: OpaquePointer?
        let code = withExtendedLifetime(keying) { unsafe srtp_create(&made, &policy) }
        guard code == srtp_err_status_ok, let made = unsafe made else { throw .library(code: Int(code.rawValue)) }
        return unsafe made
    }

    private static func isUsable(_ keying: SRTPKeying) -> Bool {
        let names = keying.keys.map { $0.identifier?.octets ?? [] }
        return (1...maximumKeys).contains(keying.keys.count)
            && keying.keys.allSatisfy { $0.key.count == keying.suite.masterLength }
            && Set(names).count == names.count && Set(names.map(\.count)).count == 1
    }

    private static func set(_ suite: SRTPSuite, _ policy: inout srtp_policy_t) {
        switch suite {
        case .aeadAES128GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        case .aes128CMSHA1With80:
            unsafe srtp_shim_aes_cm_128_hmac_sha1_80(&policy.rtp)
            unsafe srtp_shim_aes_cm_128_hmac_sha1_80(&policy.rtcp)
        case .aes128CMSHA1With32:
            unsafe srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
            unsafe srtp_shim_aes_cm_128_hmac_sha1_80(&policy.rtcp)
        case .aes256CMSHA1With80:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        case .aes256CMSHA1With32:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        }
    }
}
