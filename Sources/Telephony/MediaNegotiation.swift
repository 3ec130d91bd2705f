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
        let offers = codecs.map { codec in
            switch codec {
            case .pcmu: AudioCodecOffer.pcmu
            case .pcma: AudioCodecOffer.pcma
            }
        }
        exchange = AudioOfferAnswer(
            sessionID: sessionID, local: local,
            capabilities: AudioCapabilities(codecs: offers, telephoneEvent: true, ptime: 20))
        self.ssrc = ssrc
        cname = String(sessionID, radix: 36)
    }

    static let contentType = "application/sdp"

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

    mutating func receiveAnswer(_ octets: [UInt8]) throws(NegotiationFailure) {
        let answer = try Self.parse(octets)
        do {
            agreement = try exchange.receiveAnswer(answer)
        } catch {
            throw NegotiationFailure(error)
        }
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

    init(status: Int, sentence: String) {
        self.status = status
        self.sentence = sentence
    }
}
