import TelephonyPrimitives

/// How a stream is wanted (reference C1).
struct StreamWish: Sendable {
    var url: String
    var track = "inbound_track"
    var codec = "default"
    /// `rtp`, or `mp3`, whose sound is not played.
    var mode = "mp3"
    var replyCodec = "PCMU"
    var replyRate = 8_000
    var targets: String?
    var authToken: Secret?
    var parameters: [(name: String, value: String)] = []

    /// - Returns: `nil` without `stream_url`.
    static func read(_ members: Members) throws(APIFault) -> StreamWish? {
        let codecs = ["PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16"]
        guard let url = try members.address("stream_url", ["ws://", "wss://"]) else { return nil }
        var wish = StreamWish(url: url)
        wish.track =
            try members.word("stream_track", ["inbound_track", "outbound_track", "both_tracks"]) ?? wish.track
        wish.codec = try members.word("stream_codec", codecs + ["default"]) ?? wish.codec
        wish.mode = try members.word("stream_bidirectional_mode", ["mp3", "rtp"]) ?? wish.mode
        wish.replyCodec = try members.word("stream_bidirectional_codec", codecs) ?? wish.replyCodec
        if let rate = try members.number("stream_bidirectional_sampling_rate", 8_000...48_000) {
            guard [8_000, 16_000, 22_050, 24_000, 48_000].contains(rate) else {
                throw .invalid(
                    "stream_bidirectional_sampling_rate", "8000, 16000, 22050, 24000 and 48000 are possible.")
            }
            wish.replyRate = rate
        }
        wish.targets = try members.word("stream_bidirectional_target_legs", ["self", "opposite", "both"])
        wish.authToken = try members.text("stream_auth_token").map { Secret($0) }
        guard wish.authToken?.value.utf8.count ?? 0 <= 4_000 else {
            throw .invalid("stream_auth_token", "4000 characters are the most.")
        }
        wish.parameters = try members.pairs("custom_parameters")
        if wish.mode == "rtp", StreamCoder(wish.replyCodec, sampleRate: wish.replyRate, isLittleEndian: false) == nil {
            throw .notHere("stream_bidirectional_codec \(wish.replyCodec) at \(wish.replyRate) Hz")
        }
        return wish
    }
}

/// A stream of a leg.
struct MediaStream: Sendable {
    /// Names its connection.
    let number: UInt64
    let id: String
    let wish: StreamWish
    /// What the application gets, and what it sends.
    var out: StreamCoder
    var reply: StreamCoder?
    var isOpen = false
    var openedAt: Instant?
    private var sequence = 0
    private var chunks: [String: Int] = [:]
    /// When an MP3 came last.
    var lastPiece: Instant?
    /// Whether somebody was told that nothing of it is heard.
    var hasComplained = false

    init(number: UInt64, id: String, wish: StreamWish, out: StreamCoder, reply: StreamCoder?) {
        self.number = number
        self.id = id
        self.wish = wish
        self.out = out
        self.reply = reply
    }

    /// A message with its number.
    mutating func message(_ event: String, _ members: [String: JSONValue]) -> String {
        sequence += 1
        var message = members
        message["event"] = .string(event)
        message["sequence_number"] = .string(String(sequence))
        message["stream_id"] = .string(id)
        return JSONValue.object(message).json
    }

    /// 20 ms, or what came.
    mutating func media(_ payload: [UInt8], track: String, now: Instant) -> String {
        let chunk = (chunks[track] ?? 0) + 1
        chunks[track] = chunk
        let time = (now - (openedAt ?? now)).inMilliseconds
        return message(
            "media",
            [
                "media": [
                    "track": .string(track), "chunk": .string(String(chunk)), "timestamp": .string(String(time)),
                    "payload": .string(Base64.text(payload)),
                ]
            ])
    }

    /// What is wrong with a message of the application; it has no number.
    func error(_ code: Int, _ title: String, _ detail: String) -> String {
        let message: JSONValue = [
            "event": "error", "stream_id": .string(id),
            "payload": ["code": .number(Double(code)), "title": .string(title), "detail": .string(detail)],
        ]
        return message.json
    }
}
