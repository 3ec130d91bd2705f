internal import TelephonyPrimitives

/// An offer of ours, as far as its answer is read against it.
struct SentOffer {
    /// The m= lines.
    var media: [MediaDescription]
    /// The position of the audio stream among them.
    var audioIndex: Int
    /// Our numbers, with which the peer sends.
    var payloadTypes: [(number: UInt8, codec: AudioCodecOffer)]
    var direction: StreamDirection
    var rtcpMux: Bool
    var extensions: StreamExtensions

    /// Reads an answer (RFC 3264 §7).
    func agreement(
        with answer: SessionDescription, local: TransportAddress, capabilities: AudioCapabilities
    ) throws(OfferAnswerError) -> AudioAgreement {
        guard answer.media.count == media.count else {
            throw .notAnAnswer(reason: "it has \(answer.media.count) m= lines for \(media.count) of the offer")
        }
        for (ours, theirs) in zip(media, answer.media) where ours.kind.lowercased() != theirs.kind.lowercased() {
            throw .notAnAnswer(
                reason: "it has m=\(theirs.kind.prefix(20)) where the offer has m=\(ours.kind.prefix(20))")
        }
        let stream = try RemoteAudio(answer.media[audioIndex], of: answer, local: local)
        let types = stream.payloadTypes
        // An answer keeps the profile of its offer (RFC 3264 §6.1).
        let isSecureProfile = media[audioIndex].transport.uppercased().hasPrefix("RTP/SAVP")
        guard stream.security.isSecureProfile == isSecureProfile else {
            throw isSecureProfile ? .encryptionWanted : .secureMediaRequired
        }

        var chosen: (number: UInt8, codec: AudioCodecOffer, parameters: String?)?
        var receive: [UInt8: AudioCodecOffer] = [:]
        var receiveEvents: Set<UInt8> = []
        var foreign: [(number: UInt8, codec: AudioCodecOffer)] = []
        for entry in types.entries {
            // Without a=rtpmap a dynamic number can only be ours.
            guard let named = entry.codec ?? payloadTypes.first(where: { $0.number == entry.number })?.codec,
                let ours = payloadTypes.first(where: { $0.codec.isSameEncoding(as: named) })
            else { continue }
            if ours.codec.isTelephoneEvent {
                receiveEvents.insert(ours.number)
            } else {
                receive[ours.number] = ours.codec
                if chosen == nil { chosen = (entry.number, ours.codec, entry.codec?.parameters) }
            }
            foreign.append((entry.number, ours.codec))
        }
        guard let chosen else { throw .noCommonCodec(offered: types.names) }
        // An answer may number codecs its own way for what it receives; peers that do so mostly send that way too,
        // although RFC 3264 §6.1 has them send with our numbers.
        for (number, codec) in foreign where !payloadTypes.contains(where: { $0.number == number }) {
            if codec.isTelephoneEvent { receiveEvents.insert(number) } else { receive[number] = codec }
        }
        let mux = rtcpMux && stream.rtcpMux
        let security = stream.security
        let event = eventNumber(types, clockRate: chosen.codec.clockRate)
        return AudioAgreement(
            remote: stream.remote, remoteHost: stream.host, remoteRTCP: mux ? stream.remote : stream.rtcp,
            codec: chosen.codec, remoteParameters: chosen.parameters, sendPayloadType: chosen.number,
            receivePayloadTypes: receive, telephoneEventSendPayloadType: event,
            telephoneEventReceivePayloadTypes: receiveEvents,
            direction: direction.intersection(stream.direction.reversed),
            ptime: stream.sendPtime(ours: capabilities.ptime), rtcpMux: mux, security: security,
            extensions: stream.extensions.limited(to: capabilities).intersection(extensions))
    }

    /// The number to send digits with: the answer's, by its a=rtpmap or because it is our number for them.
    private func eventNumber(_ types: PayloadTypes, clockRate: Int) -> UInt8? {
        guard
            let ours = payloadTypes.first(where: { $0.codec.isTelephoneEvent && $0.codec.clockRate == clockRate })
        else { return nil }
        return types.telephoneEvent(clockRate: clockRate)
            ?? types.entries.first { $0.codec == nil && $0.number == ours.number }?.number
    }
}
