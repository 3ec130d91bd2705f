internal import TelephonyPrimitives

/// How the sound of a leg is streamed over a WebSocket: with a dial, an answer, or ``StreamingStartCommand``.
///
/// What decides whether our sound is heard at all is always sent: the mode `rtp`, the rate and the leg.
public struct StreamOptions: Sendable, Hashable {
    public enum Track: String, Sendable, Hashable, FieldValue {
        case inbound = "inbound_track"
        case outbound = "outbound_track"
        case both = "both_tracks"
    }

    /// Who hears what we send.
    public enum TargetLegs: String, Sendable, Hashable, FieldValue {
        /// The leg that is streamed: right for a call with one leg, that of an agent.
        case ours = "self"
        case opposite, both
    }

    /// Where the WebSocket is: `wss://…`. A one-time token of ``StreamTokens`` belongs into its query.
    public var url: String
    /// What we hear.
    public var track = Track.inbound
    /// How it comes to us; `nil`: as on the call.
    public var codec: StreamEncoding?
    /// What we send, and how; `nil`: we only listen.
    public var reply: StreamFormat? = StreamFormat(.pcmu, sampleRate: 8_000)
    public var targetLegs = TargetLegs.ours
    /// Sent by Telnyx when it opens the WebSocket; with a dial and ``StreamingStartCommand`` only. At most 4 000 characters.
    public var authToken: String?

    public init(url: String) {
        self.url = url
    }

    /// - Parameter isAnswer: `answer` takes neither a token nor a rate.
    func fields(isAnswer: Bool = false) -> CommandFields {
        [
            "stream_url": url, "stream_track": track, "stream_codec": codec?.rawValue,
            "stream_bidirectional_mode": reply == nil ? nil : "rtp",
            "stream_bidirectional_codec": reply?.encoding.rawValue,
            "stream_bidirectional_sampling_rate": isAnswer ? nil : reply?.sampleRate,
            "stream_bidirectional_target_legs": reply == nil ? nil : targetLegs,
            "stream_auth_token": isAnswer ? nil : authToken,
        ]
    }

    /// - Throws: ``TelnyxError/invalid(_:)``.
    func check(isAnswer: Bool = false) throws(TelnyxError) {
        try Bounds.socketURL(url, "stream_url")
        try Bounds.text(authToken, "stream_auth_token", atLeast: 1, atMost: 4_000)
        if isAnswer, authToken != nil {
            throw .invalid("`answer` takes no stream_auth_token; put the token into the query of stream_url.")
        }
        guard let reply else { return }
        guard reply.isAllowed else {
            throw .invalid(
                "\(reply) can't be sent: PCMU, PCMA and G722 have 8000 Hz, OPUS and AMR-WB 8000 or 16000, "
                    + "L16 8000, 16000, 22050, 24000 or 48000.")
        }
        // Telnyx would take the 8 000 Hz that it has by default.
        if isAnswer, reply.encoding == .l16, reply.sampleRate != 8_000 {
            throw .invalid("`answer` takes no sampling rate; answer first, then start streaming with L16.")
        }
    }
}
