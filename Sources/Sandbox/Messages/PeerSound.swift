import SDP
import TelephonyPrimitives

/// The audio of a description that somebody has sent.
struct PeerSound: Sendable {
    struct Codec: Sendable, Hashable {
        var number: UInt8
        /// E.g. `PCMU/8000`.
        var encoding: String
        var parameters: String?
        /// The encoding's name in lower case.
        var name: String { encoding.prefix { $0 != "/" }.lowercased() }
    }

    var codecs: [Codec]
    var direction: String
    /// Where sound is to be sent; `nil` when it is nowhere.
    var target: TransportAddress?
    /// E.g. `RTP/AVP`.
    var profile: String
    /// The first key that the carrier can use; `nil`: there is none.
    var key: SoundKey?
    /// Whether its sound has to be encrypted.
    var isSecure: Bool { profile.contains("SAVP") }

    /// - Throws: the carrier's refusal.
    init(_ body: [UInt8]) throws(Refusal) {
        let session: SessionDescription
        do { session = try SessionDescription(parsing: body) } catch { throw .notAcceptable }
        guard let outline = SoundOutline(session), let media = session.media.first(where: { $0.kind == "audio" })
        else { throw .notAcceptable }
        guard !outline.host.contains(":") else { throw .notAcceptable }
        profile = outline.transport.uppercased()
        key =
            media.attributes.lazy.filter { $0.name == "crypto" }.prefix(32).compactMap { SoundKey($0.value ?? "") }
            .first
        var parameters: [String: String] = [:]
        for attribute in media.attributes where attribute.name == "fmtp" {
            let parts = (attribute.value ?? "").split(separator: " ", maxSplits: 1)
            if parts.count == 2 { parameters[String(parts[0])] = String(parts[1]) }
        }
        codecs = outline.codecs.filter { !$0.name.isEmpty }.map {
            Codec(number: $0.number, encoding: $0.name, parameters: parameters["\($0.number)"])
        }
        direction = outline.direction.rawValue
        target = outline.port == 0 ? nil : TransportAddress(host: outline.host, port: outline.port)
    }
}
