public import TelephonyPrimitives

/// Offer and answer for the one audio stream of a call (RFC 3264), for the whole life of its dialog.
///
/// A method that throws leaves everything as it was.
///
/// ```swift
/// var exchange = AudioOfferAnswer(sessionID: 7, local: local, capabilities: capabilities)
/// let (answer, agreement) = try exchange.receiveOffer(SessionDescription(parsing: body))
/// ```
public struct AudioOfferAnswer: Sendable {
    /// What we can do.
    public let capabilities: AudioCapabilities
    /// Where we receive RTP; RTCP comes to the port above.
    public var local: TransportAddress
    /// What we wish to do: `sendonly` or `inactive` while we hold the call. The peer's wish narrows it down.
    public var direction: StreamDirection = .sendrecv
    /// What was settled last; `nil` before the first answer.
    public private(set) var agreement: AudioAgreement?

    let sessionID: UInt64
    /// The description we sent last, for the version rule of RFC 3264 §8.
    private var sent: SessionDescription?
    private var version: UInt64 = 1
    /// The m= lines of the session: their number and order never change (RFC 3264 §8).
    private var layout: [MediaDescription] = []
    private var audioIndex = 0
    private var timing = "0 0"
    /// Numbers keep their meaning for the whole session (RFC 3264 §8.3.2).
    private var numbering = PayloadNumbering()
    /// Our offer that waits for an answer, and what was before it.
    private var pending:
        (offer: SentOffer, directionBefore: StreamDirection, sentBefore: (SessionDescription?, version: UInt64))?
    /// Our offer of the exchange that was settled last: its answer may come again, in a 183 and in the 200.
    private var answered: SentOffer?

    /// - Parameters:
    ///   - sessionID: a random number for the `o=` line; its upper bit is dropped (RFC 3264 §5).
    ///   - local: where we receive RTP, as the peer can reach it.
    ///   - capabilities: what we can do.
    public init(sessionID: UInt64, local: TransportAddress, capabilities: AudioCapabilities) {
        self.sessionID = sessionID & UInt64(Int64.max)
        self.local = local
        self.capabilities = capabilities
    }

    // MARK: - Offering

    /// Makes an offer, first or later; the answer goes to ``receiveAnswer(_:)``.
    ///
    /// A later offer keeps the number of m= lines and names the codec in use first.
    ///
    /// - Parameters:
    ///   - direction: what we wish to do from now on.
    ///   - crypto: what stands behind each `a=crypto:` of ours (RFC 4568 §5.1.1); none without encryption.
    ///   - isSecureProfile: whether the stream is offered as `RTP/SAVP`, which can't be answered in the clear. A later
    ///     offer keeps the profile of the stream.
    public mutating func makeOffer(
        direction: StreamDirection = .sendrecv, crypto: [String] = [], isSecureProfile: Bool = false
    ) -> SessionDescription {
        let before = pending?.directionBefore ?? self.direction
        let sentBefore = (sent, version: version)
        self.direction = direction
        let codecs = offeredCodecs()
        let extensions = agreement?.extensions ?? StreamExtensions()
        var mapped: [(number: UInt8, codec: AudioCodecOffer)] = []
        for codec in codecs {
            if let number = numbering.number(for: codec) { mapped.append((number, codec)) }
        }
        let audio = audioSection(
            mapped,
            transport: layout.isEmpty ? (isSecureProfile ? "RTP/SAVP" : "RTP/AVP") : layout[audioIndex].transport,
            direction: direction, rtcpMux: agreement?.rtcpMux ?? false, crypto: crypto, extensions: extensions)
        var media = layout.map(\.refused)
        if media.isEmpty { media = [audio] } else { media[audioIndex] = audio }
        let description = describe(media, timing: timing)
        pending = (
            SentOffer(
                media: media, audioIndex: audioIndex, payloadTypes: mapped, direction: direction,
                rtcpMux: agreement?.rtcpMux ?? false, extensions: extensions), before, sentBefore
        )
        return description
    }

    /// Our offer was refused: the agreed state counts again, direction included.
    ///
    /// - Parameter unsent: the offer has never left, because another exchange came first; its version is given to the
    ///   next description (RFC 3264 §8: the version grows by one from one sent description to the next).
    public mutating func withdrawOffer(unsent: Bool = false) {
        guard let pending else { return }
        direction = pending.directionBefore
        if unsent { (sent, version) = pending.sentBefore }
        self.pending = nil
    }

    /// Takes the answer to our offer. The same answer, or that of another fork, may come again until the next offer.
    ///
    /// - Throws: ``OfferAnswerError``; our offer then still waits, for another fork's answer or
    ///   ``withdrawOffer(unsent:)``.
    public mutating func receiveAnswer(_ answer: SessionDescription) throws(OfferAnswerError) -> AudioAgreement {
        guard let offer = pending?.offer ?? answered else { throw .notAnAnswer(reason: "no offer was made") }
        let agreement = try offer.agreement(with: answer, local: local, capabilities: capabilities)
        self.agreement = agreement
        layout = offer.media
        audioIndex = offer.audioIndex
        pending = nil
        answered = offer
        return agreement
    }

    // MARK: - Answering

    /// Answers an offer: the first audio stream that suits is taken, every other stream is refused with port 0.
    ///
    /// The answer holds one codec, the first of the offer that we have, and telephone-event on the same clock.
    ///
    /// - Parameters:
    ///   - offer: the peer's description.
    ///   - security: is asked about the keys of a stream that suits otherwise; it may be asked for several streams, and
    ///     what it says of the last one counts.
    /// - Throws: ``OfferAnswerError``; the session goes on as before.
    public mutating func receiveOffer(
        _ offer: SessionDescription, security: (OfferedSecurity) -> SecurityChoice = OfferedSecurity.withoutEncryption
    ) throws(OfferAnswerError) -> (answer: SessionDescription, agreement: AudioAgreement) {
        guard pending == nil else { throw .offerPending }
        let choice = try AudioChoice(from: offer, local: local, capabilities: capabilities, security: security)
        let ours = direction.intersection(choice.stream.direction.reversed)
        let rtcpMux = choice.rtcpMux
        var mapped = [(number: choice.number, codec: choice.codec)]
        if let number = choice.telephoneEvent {
            mapped.append((number, .telephoneEvent(clockRate: choice.codec.clockRate)))
        }
        for (number, codec) in mapped { numbering.bind(number, to: codec) }

        let extensions = choice.stream.extensions.limited(to: capabilities)
        var media = offer.media.map(\.refused)
        media[choice.index] = audioSection(
            mapped, transport: offer.media[choice.index].transport, direction: ours, rtcpMux: rtcpMux,
            crypto: choice.crypto.map { [$0] } ?? [], extensions: extensions)
        layout = media
        audioIndex = choice.index
        timing = Self.usableTiming(offer.timing)
        answered = nil

        let stream = choice.stream
        let agreement = AudioAgreement(
            remote: stream.remote, remoteHost: stream.host, remoteRTCP: rtcpMux ? stream.remote : stream.rtcp,
            codec: choice.codec, remoteParameters: choice.remoteParameters, sendPayloadType: choice.number,
            receivePayloadTypes: [choice.number: choice.codec], telephoneEventSendPayloadType: choice.telephoneEvent,
            telephoneEventReceivePayloadTypes: Set([choice.telephoneEvent].compactMap { $0 }), direction: ours,
            ptime: stream.sendPtime(ours: capabilities.ptime), rtcpMux: rtcpMux, security: stream.security,
            extensions: extensions)
        self.agreement = agreement
        return (describe(media, timing: timing), agreement)
    }

    // MARK: - Describing

    /// The codecs of an offer: the one in use, the others, then telephone-event for each clock rate.
    private func offeredCodecs() -> [AudioCodecOffer] {
        var codecs = capabilities.codecs
        if let current = agreement?.codec, let index = codecs.firstIndex(where: { $0.isSameEncoding(as: current) }) {
            codecs.insert(codecs.remove(at: index), at: 0)
        }
        guard capabilities.telephoneEvent else { return codecs }
        var rates: [Int] = []
        for codec in codecs where !rates.contains(codec.clockRate) { rates.append(codec.clockRate) }
        return codecs + rates.map { .telephoneEvent(clockRate: $0) }
    }

    private func audioSection(
        _ codecs: [(number: UInt8, codec: AudioCodecOffer)], transport: String, direction: StreamDirection,
        rtcpMux: Bool, crypto: [String], extensions: StreamExtensions
    ) -> MediaDescription {
        var attributes: [Attribute] = []
        for (number, codec) in codecs {
            attributes.append(Attribute("rtpmap", "\(number) \(codec.encoding)"))
            if let parameters = codec.parameters { attributes.append(Attribute("fmtp", "\(number) \(parameters)")) }
        }
        attributes.append(Attribute("ptime", "\(capabilities.ptime)"))
        if rtcpMux { attributes.append(Attribute("rtcp-mux")) }
        attributes += extensions.attributes(capabilities)
        for line in crypto { attributes.append(Attribute("crypto", line)) }
        attributes.append(Attribute(direction.rawValue))
        return MediaDescription(
            kind: "audio", port: local.port, transport: transport, formats: codecs.map { "\($0.number)" },
            attributes: attributes)
    }

    /// Puts an `o=` line over the media; its version grows when anything differs from what we sent last.
    private mutating func describe(_ media: [MediaDescription], timing: String) -> SessionDescription {
        let connection = ConnectionData(local.ip)
        var description = SessionDescription(
            origin: Origin(
                sessionID: "\(sessionID)", sessionVersion: "\(version)", addressType: connection.addressType,
                address: connection.address), connection: connection, timing: timing, media: media)
        if let sent, sent != description {
            version += 1
            description.origin.sessionVersion = "\(version)"
        }
        sent = description
        return description
    }

    /// The offer's `t=` line, which the answer repeats (RFC 3264 §6), unless it is nonsense.
    private static func usableTiming(_ timing: String) -> String {
        let parts = fields(timing)
        return parts.count == 2 && parts.allSatisfy { decimal($0) != nil } ? parts.joined(separator: " ") : "0 0"
    }
}
