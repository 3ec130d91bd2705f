internal import TelephonyPrimitives

/// The stream and codec that an answer takes from an offer.
struct AudioChoice {
    /// The position of the m= line.
    var index: Int
    var stream: RemoteAudio
    var number: UInt8
    /// As our capabilities name it.
    var codec: AudioCodecOffer
    var remoteParameters: String?
    /// The number for digits on the codec's clock.
    var telephoneEvent: UInt8?
    /// Whether to accept `a=rtcp-mux`.
    var rtcpMux: Bool
    /// What stands behind our `a=crypto:`; `nil` when the stream is not encrypted.
    var crypto: String?

    /// Looks for the first audio stream that suits; when none does, the first one tells why.
    init(
        from offer: SessionDescription, local: TransportAddress, capabilities: AudioCapabilities,
        security: (OfferedSecurity) -> SecurityChoice
    ) throws(OfferAnswerError) {
        var reason: OfferAnswerError?
        for (index, media) in offer.media.enumerated() {
            do {
                self = try AudioChoice(
                    index: index, stream: RemoteAudio(media, of: offer, local: local), capabilities: capabilities,
                    security: security)
                return
            } catch {
                if error != .noAudio, reason == nil { reason = error }
            }
        }
        throw reason ?? .noAudio
    }

    private init(
        index: Int, stream: RemoteAudio, capabilities: AudioCapabilities, security: (OfferedSecurity) -> SecurityChoice
    ) throws(OfferAnswerError) {
        for entry in stream.payloadTypes.entries {
            guard let offered = entry.codec,
                let ours = capabilities.codecs.first(where: { $0.isSameEncoding(as: offered) })
            else { continue }
            let event = stream.payloadTypes.telephoneEvent(clockRate: ours.clockRate)
            self.index = index
            self.stream = stream
            number = entry.number
            codec = ours
            remoteParameters = offered.parameters
            telephoneEvent = capabilities.telephoneEvent ? event : nil
            // RFC 5761 §4: these numbers can't be told from RTCP on one port.
            let clashes = [entry.number, telephoneEvent].contains { $0.map { (64...95).contains($0) } ?? false }
            rtcpMux = stream.rtcpMux && !clashes
            // Asked last: an answer may cost a key.
            switch security(stream.security) {
            case .plain: crypto = nil
            case .secured(let line): crypto = line
            case .refused: throw stream.security.isSecureProfile ? .secureMediaRequired : .encryptionWanted
            }
            return
        }
        throw .noCommonCodec(offered: stream.payloadTypes.names)
    }
}

extension PayloadTypes {
    /// The number of telephone-event on a clock rate.
    func telephoneEvent(clockRate: Int) -> UInt8? {
        entries.first { $0.codec?.isTelephoneEvent == true && $0.codec?.clockRate == clockRate }?.number
    }
}
