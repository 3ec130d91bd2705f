/// Why an offer or an answer can't be used.
public enum OfferAnswerError: Error, Sendable, Equatable {
    /// No audio stream that is switched on.
    case noAudio
    /// None of the peer's codecs is one of ours.
    case noCommonCodec(offered: [String])
    /// Every audio stream wants encryption (RTP/SAVP, DTLS) that we don't have.
    case secureMediaRequired
    /// We want encryption, and no audio stream has any that we know.
    case encryptionWanted
    /// The audio stream uses a transport that is neither RTP/AVP nor RTP/AVPF.
    case unsupportedTransport(String)
    /// No address, a multicast address, another network, or an IP version our side has no socket for.
    case unsupportedAddress(String)
    /// It doesn't fit the offer that was made.
    case notAnAnswer(reason: String)
    /// An offer came while ours waits for its answer (RFC 3264 §4).
    case offerPending
}

extension OfferAnswerError {
    /// The SIP status to refuse an offer with.
    public var status: Int {
        switch self {
        case .noAudio, .noCommonCodec, .secureMediaRequired, .encryptionWanted, .unsupportedTransport,
            .unsupportedAddress:
            488
        case .notAnAnswer: 400
        case .offerPending: 491
        }
    }

    /// The code and text of a Warning header field (RFC 3261 §20.43).
    public var warning: (code: Int, text: String) {
        switch self {
        case .noAudio: (304, "Media type not available: an audio stream is needed")
        case .noCommonCodec: (305, "Incompatible media format: no common audio codec")
        case .secureMediaRequired: (302, "Incompatible transport protocol: this encryption is not available")
        case .encryptionWanted: (302, "Incompatible transport protocol: only RTP/SAVP with SDES keys is available")
        case .unsupportedTransport: (302, "Incompatible transport protocol: only RTP/AVP is available")
        case .unsupportedAddress: (301, "Incompatible network address formats")
        case .notAnAnswer: (399, "The answer does not fit the offer")
        case .offerPending: (399, "An offer is waiting for its answer")
        }
    }
}

extension OfferAnswerError: CustomStringConvertible {
    /// One sentence: what is wrong and what to do about it.
    public var description: String {
        switch self {
        case .noAudio:
            "the peer has no audio stream switched on; a call needs an m=audio line with a port"
        case .noCommonCodec(let offered):
            "none of the peer's codecs (\(offered.isEmpty ? "none" : offered.joined(separator: ", "))) is one of ours; "
                + "allow a common one on one of the sides"
        case .secureMediaRequired:
            "the peer takes encrypted media only, by keys or suites that are not ours; let it offer SDES keys "
                + "(RFC 4568) and allow encryption on our side, or let it offer RTP/AVP"
        case .encryptionWanted:
            "the peer offers no encryption, and our side requires it; let it offer RTP/SAVP with SDES keys (RFC 4568)"
        case .unsupportedTransport(let transport):
            "the audio stream uses \(transport.prefix(40)); let the peer offer RTP/AVP"
        case .unsupportedAddress(let address):
            address.isEmpty
                ? "the audio stream has no c= line, so there is nowhere to send to; let the peer add one"
                : "media can't be sent to \(address.prefix(80)) from our address; let the peer give a unicast "
                    + "address of the same IP version"
        case .notAnAnswer(let reason):
            "the answer doesn't fit the offer: \(reason); make a new offer"
        case .offerPending:
            "an offer came while ours waits for its answer; answer 491 and wait"
        }
    }
}
