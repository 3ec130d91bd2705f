extension Body {
    /// The session description that refuses every stream of an offer (RFC 3264 §6: port 0), for an ACK that has to
    /// carry an answer although the call ends at once (RFC 3261 §13.2.2.4). `nil` when `message` has no offer.
    /// - Parameters:
    ///   - message: a 2xx.
    ///   - previous: what we have described before in the session, whose origin goes on (RFC 3264 §8).
    init?(refusingOfferOf message: some SIPMessage, after previous: Body? = nil) {
        guard let type = try? message.contentType, type.type == "multipart" || type.essence == "application/sdp",
            let offer = message.sessionDescription
        else { return nil }
        var timing = "t=0 0"
        var media: [String] = []
        for line in offer.prefix(Self.maxOfferOctets).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("t="), media.isEmpty {
                timing = text
            } else if text.hasPrefix("m=") {
                let words = text.split(separator: " ", maxSplits: 2)
                guard let kind = words.first, words.count == 3, media.count < Self.maxStreams else { return nil }
                media.append("\(kind) 0 \(words[2])")
            }
        }
        guard !media.isEmpty else { return nil }
        let lines = ["v=0", previous.flatMap(Self.nextOrigin) ?? "o=- 0 0 IN IP4 0.0.0.0", "s=-", timing] + media
        self.init(contentType: "application/sdp", octets: Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
    }

    /// The o= line of a description with the next version.
    private static func nextOrigin(after body: Body) -> String? {
        let lines = body.octets.prefix(maxOfferOctets).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
        guard let line = lines.map({ String(decoding: $0, as: UTF8.self) }).first(where: { $0.hasPrefix("o=") }) else {
            return nil
        }
        var words = line.split(separator: " ").map(String.init)
        guard words.count == 6, let version = UInt64(words[2]) else { return nil }
        words[2] = "\(version &+ 1)"
        return words.joined(separator: " ")
    }

    private static var maxOfferOctets: Int { 16_384 }
    private static var maxStreams: Int { 32 }
}
