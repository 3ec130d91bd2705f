/// What a description says of its first audio stream, for telling people.
package struct SoundOutline: Sendable, Equatable {
    /// Where sound is to be sent, as written.
    package let host: String
    package let port: UInt16
    /// E.g. `RTP/AVP`.
    package let transport: String
    /// The payload types in order with their names, e.g. `0 PCMU/8000`; sixteen at most.
    package let codecs: [(number: UInt8, name: String)]
    package let direction: StreamDirection

    /// - Returns: `nil` when there is no audio in it.
    package init?(_ session: SessionDescription) {
        guard let media = session.media.first(where: { $0.kind.lowercased() == "audio" }) else { return nil }
        host = session.connection(of: media)?.host ?? ""
        port = media.port
        transport = media.transport
        codecs = PayloadTypes(media).entries.prefix(16).map { ($0.number, $0.codec?.encoding ?? "") }
        direction = StreamDirection(in: media.attributes) ?? StreamDirection(in: session.attributes) ?? .sendrecv
    }

    package static func == (one: SoundOutline, other: SoundOutline) -> Bool {
        one.host == other.host && one.port == other.port && one.transport == other.transport
            && one.direction == other.direction && one.codecs.elementsEqual(other.codecs, by: ==)
    }
}
