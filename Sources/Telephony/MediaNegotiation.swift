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
    private let hosts: Set<IPAddress>
    private let keys: SDESNegotiation
    /// Whether our offers ask for encryption.
    private let offersKeys: Bool
    /// The keys of our last offer, and what was agreed about them.
    private var offered: [SDESCrypto] = []
    private var security = SDESOutcome.plain

    /// - Parameters:
    ///   - security: whether the sound is to be encrypted.
    ///   - isSignallingSecure: whether nobody on the way can read the keys in the session description. Only then an
    ///     offer has them without need (RFC 8643).
    ///   - signallingHost: where the signalling comes from: behind a NAT the sound comes from there too.
    init(
        local: TransportAddress, codecs: [VoiceCodec], security: SRTPPolicy, isSignallingSecure: Bool,
        signallingHost: IPAddress? = nil, ssrc: UInt32, sessionID: UInt64
    ) {
        hosts = Set([signallingHost].compactMap { $0 })
        keys = SDESNegotiation(policy: security)
        offersKeys = security == .required || (security == .optional && isSignallingSecure)
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
        var random = SystemRandomNumberGenerator()
        let isEncrypted = security.keying != nil
        offered = offersKeys || isEncrypted ? keys.offer(before: security, using: &random) : []
        let offer = exchange.makeOffer(
            direction: direction, crypto: offered.map(\.attributeValue), isSecureProfile: keys.policy == .required)
        return Body(contentType: Self.contentType, octets: offer.serialized)
    }

    /// Answers an offer.
    mutating func receiveOffer(_ octets: [UInt8]) throws(NegotiationFailure) -> Body {
        let offer = try Self.parse(octets)
        var random = SystemRandomNumberGenerator()
        var outcome = SDESOutcome.plain
        do {
            let (answer, agreement) = try exchange.receiveOffer(offer) { offered in
                outcome = keys.answer(
                    to: offered.lines, isSecureProfile: offered.isSecureProfile, before: security, using: &random)
                switch outcome {
                case .plain: return .plain
                case .secured(let local, _): return .secured(local.attributeValue)
                case .refused: return .refused
                }
            }
            self.agreement = agreement
            security = outcome
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
            // Nothing counts before the keys are right as well: our offer then still waits.
            var trial = exchange
            let settled = try trial.receiveAnswer(answer)
            let outcome = keys.complete(
                offered, with: settled.security.lines, isSecureProfile: settled.security.isSecureProfile,
                before: security)
            if case .refused(let refusal) = outcome { throw NegotiationFailure(refusal) }
            exchange = trial
            agreement = settled
            security = outcome
        } catch let error as OfferAnswerError {
            throw NegotiationFailure(error)
        } catch let error as NegotiationFailure {
            throw error
        } catch {
            throw NegotiationFailure(status: 500, sentence: "\(error)")
        }
    }

    /// What the media session is to do; `nil` before an agreement.
    var configuration: MediaSessionConfiguration? {
        guard let agreement, let codec = AudioCodecKind(agreement.codec, parameters: agreement.remoteParameters) else {
            return nil
        }
        var configuration = MediaSessionConfiguration(
            codec: codec, sendPayloadType: agreement.sendPayloadType,
            receivePayloadTypes: agreement.receivePayloadTypes.compactMapValues { AudioCodecKind($0) },
            telephoneEventSend: agreement.telephoneEventSendPayloadType,
            telephoneEventReceive: agreement.telephoneEventReceivePayloadTypes,
            keying: security.keying.map { MediaKeying(sending: $0.sending, receiving: $0.receiving) },
            remote: agreement.remote,
            remoteRTCP: agreement.remoteRTCP, hosts: hosts, direction: MediaDirection(agreement.direction),
            ptime: agreement.ptime,
            ssrc: ssrc, cname: cname)
        let extensions = agreement.extensions
        configuration.extendedReports = extensions.extendedReports.map { ExtendedReportFormats(parsing: $0) } ?? .init()
        configuration.allowsReducedSize = extensions.reducedSize
        configuration.headerExtensions.audioLevel =
            extensions.headerExtensions.first { $0.value == AudioLevel.uri }?.key
        return configuration
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

    init(_ refusal: SDESRefusal) {
        let sentence =
            switch refusal {
            case .unencrypted:
                "The other side does not encrypt, and our side requires it: let it use SDES keys (RFC 4568)."
            case .encrypted: "The other side encrypts, and our side may not: set srtp to optional."
            case .noCommonSuite: "No cipher suite of the other side is one of ours."
            case .notOffered: "The other side took a key that was not offered."
            }
        self.init(status: 488, sentence: sentence)
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
            case .g722: AudioCodecOffer.g722
            case .opus:
                AudioCodecOffer(
                    name: "opus", clockRate: 48_000, channels: 2, parameters: OpusParameters.speech.serialized)
            }
        }
        var reports = ExtendedReportFormats()
        reports.voipMetrics = true
        reports.receiverRoundTrip = .all
        self.init(
            codecs: offers, telephoneEvent: true, ptime: 20, extendedReports: reports.attributeValue,
            headerExtensions: [AudioLevel.uri: "vad=off"])
    }
}

extension AudioCodecKind {
    /// - Parameter parameters: what the other side's `a=fmtp` says: what it wants to be sent.
    init?(_ codec: AudioCodecOffer, parameters: String? = nil) {
        self.init(name: codec.name, clockRate: codec.clockRate, channels: codec.channels, parameters: parameters)
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
