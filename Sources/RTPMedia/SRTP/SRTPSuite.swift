/// How RTP and RTCP are encrypted and authenticated, by the names of RFC 4568 §6.2, RFC 6188 §4 and RFC 7714 §14.2.
public enum SRTPSuite: String, Sendable, Hashable, CaseIterable {
    /// AES-128 in GCM, tags of 128 bits (RFC 7714).
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    /// AES-256 in GCM, tags of 128 bits (RFC 7714).
    case aeadAES256GCM = "AEAD_AES_256_GCM"
    /// AES-128 in counter mode, tags of 80 bits (RFC 4568 §6.2.1).
    case aes128CMSHA1With80 = "AES_CM_128_HMAC_SHA1_80"
    /// AES-128 in counter mode, tags of 32 bits on RTP (RFC 4568 §6.2.2).
    case aes128CMSHA1With32 = "AES_CM_128_HMAC_SHA1_32"
    /// AES-256 in counter mode, tags of 80 bits (RFC 6188).
    case aes256CMSHA1With80 = "AES_256_CM_HMAC_SHA1_80"
    /// AES-256 in counter mode, tags of 32 bits on RTP (RFC 6188).
    case aes256CMSHA1With32 = "AES_256_CM_HMAC_SHA1_32"

    /// What to offer, best first: GCM costs a third of the others, and tags of 32 bits come last.
    public static let preferred: [SRTPSuite] = [
        .aeadAES128GCM, .aeadAES256GCM, .aes128CMSHA1With80, .aes256CMSHA1With80, .aes128CMSHA1With32,
        .aes256CMSHA1With32,
    ]

    /// Octets of the master key.
    public var keyLength: Int {
        switch self {
        case .aeadAES128GCM, .aes128CMSHA1With80, .aes128CMSHA1With32: 16
        case .aeadAES256GCM, .aes256CMSHA1With80, .aes256CMSHA1With32: 32
        }
    }

    /// Octets of the master salt.
    public var saltLength: Int {
        switch self {
        case .aeadAES128GCM, .aeadAES256GCM: 12
        default: 14
        }
    }

    /// Octets of key and salt together, as they stand in `a=crypto`.
    public var masterLength: Int { keyLength + saltLength }

    /// Octets by which an RTP packet grows, without a key identifier.
    public var packetOverhead: Int {
        switch self {
        case .aeadAES128GCM, .aeadAES256GCM: 16
        case .aes128CMSHA1With80, .aes256CMSHA1With80: 10
        case .aes128CMSHA1With32, .aes256CMSHA1With32: 4
        }
    }

    /// Octets by which an RTCP packet grows, without a key identifier: the index and a tag, which is of 80 bits even
    /// where that of RTP has 32 (RFC 4568 §6.2.2).
    public var controlOverhead: Int {
        switch self {
        case .aeadAES128GCM, .aeadAES256GCM: 20
        default: 14
        }
    }
}
