internal import RTPMedia
internal import SDP
internal import SIPCore
internal import TelephonyPrimitives

/// What was agreed about sound, from session descriptions to the configuration of a media session.
struct MediaNegotiation {
    private var exchange: AudioOfferAnswer
    private let ssrc: UInt32
    private let cname: String
    private(set) var agreement: AudioAgreement?

    init(local: TransportAddress, codecs: [VoiceCodec], ssrc: UInt32, sessionID: UInt64) {
        exchange = AudioOfferAnswer(sessionID: sessionID, local: local, capabilities: AudioCapabilities(codecs))
        self.ssrc = ssrc
        cname = String(sessionID, radix: 36)
    }

    /// What an answer to OPTIONS says about sound (RFC 3264 §9).
    static func capabilityDescription(of codecs: [VoiceCodec], address: IPAddress, sessionID: UInt64) -> Body {
        let description = AudioCapabilities(codecs).sessionDescription(sessionID: sessionID, address: address)
        return Body(contentType: contentType, octets: description.serialized)
    }

    static let contentType = "application/sdp"

    /// What we wish the stream to do, whatever the other side makes of it.
    var wishedDirection: StreamDirection { exchange.direction }

    mutating func makeOffer(direction: StreamDirection) -> Body {
        Body(contentType: Self.contentType, octets: exchange.makeOffer(direction: direction).serialized)
    }

    /// Answers an offer.
    mutating func receiveOffer(_ octets: [UInt8]) throws(NegotiationFailure) -> Body {
        let offer = try Self.parse(octets)
        do {
            let (answer, agreement) = try exchange.receiveOffer(offer)
            self.agreement = agreement
            return Body(contentType: Self.contentType, octets: answer.serialized)
        } catch {
            throw NegotiationFailure(error)
        }
    }

    /// Our offer was refused, or has never left (`unsent`); what was agreed before counts again.
    mutating func withdrawOffer(unsent: Bool = false) {
        exchange.withdrawOffer(unsent: unsent)
    }

    mutating func receiveAnswer(_ octets: [UInt8]) throws(NegotiationFailure) {
        let answer = try Self.parse(octets)
        do {
            agreement = try exchange.receiveAnswer(answer)
        } catch {
            throw NegotiationFailure(error)
        }
    }

    /// What the media session is to do; `nil` before an agreement.
    var configuration: MediaSessionConfiguration? {
        guard let agreement, let codec = AudioCodecKind(agreement.codec) else { return nil }
        return MediaSessionConfiguration(
            codec: codec, sendPayloadType: agreement.sendPayloadType,
            receivePayloadTypes: agreement.receivePayloadTypes.compactMapValues { AudioCodecKind($0) },
            telephoneEventSend: agreement.telephoneEventSendPayloadType,
            telephoneEventReceive: agreement.telephoneEventReceivePayloadTypes, remote: agreement.remote,
            remoteRTCP: agreement.remoteRTCP, direction: MediaDirection(agreement.direction), ptime: agreement.ptime,
            ssrc: ssrc, cname: cname)
    }

    private static func parse(_ octets: [UInt8]) throws(NegotiationFailure) -> SessionDescription {
        do {
            return try SessionDescription(parsing: octets)
        } catch {
            throw NegotiationFailure(status: 400, sentence: "The session description can't be read: \(error)")
        }
    }
}

/// Why no sound could be agreed on, and the SIP status that says so.
struct NegotiationFailure: Error {
    var status: Int
    var sentence: String
    /// The value of a Warning header (RFC 3261 §20.43).
    var warning: String

    init(status: Int, sentence: String) {
        self.status = status
        self.sentence = sentence
        warning = Self.warning(code: 399, text: sentence)
    }

    init(_ error: OfferAnswerError) {
        status = error.status
        sentence = error.description
        warning = Self.warning(code: error.warning.code, text: error.warning.text)
    }

    private static func warning(code: Int, text: String) -> String {
        let plain = text.map { $0 == "\"" || $0 == "\\" ? "'" : $0 }
        return "\(code) trunkline \"\(String(plain))\""
    }
}

extension AudioCapabilities {
    init(_ codecs: [VoiceCodec]) {
        let offers = codecs.map { codec in
            switch codec {
            case .pcmu: AudioCodecOffer.pcmu
            case .pcma: AudioCodecOffer.pcma
            }
        }
        self.init(codecs: offers, telephoneEvent: true, ptime: 20)
    }
}

extension AudioCodecKind {
    init?(_ codec: AudioCodecOffer) {
        self.init(rawValue: codec.name.uppercased())
    }
}

extension MediaDirection {
    init(_ direction: StreamDirection) {
        switch direction {
        case .sendrecv: self = .sendrecv
        case .sendonly: self = .sendonly
        case .recvonly: self = .recvonly
        case .inactive: self = .inactive
        }
    }
}
