public import TelephonyPrimitives

/// A session description as the auditor sees it (RFC 8866): the lines that offer/answer and media rules speak of.
///
/// Read apart from the product's own SDP code, for the reason given at ``WireMessage``.
public struct WireSessionDescription: Sendable, Hashable {
    /// The lines as they came, without line ends.
    public let lines: [String]
    /// The fields of `o=`: user, id, version, network type, address type, address.
    public let origin: [String]
    /// The media descriptions in order.
    public let media: [Media]

    /// One `m=` line and what belongs to it.
    public struct Media: Sendable, Hashable {
        /// `audio`, `video`, ….
        public let kind: String
        public let port: UInt16
        /// `RTP/AVP`, ….
        public let profile: String
        /// Payload types or other formats, in order.
        public let formats: [String]
        /// The host of the `c=` line that counts for this media.
        public let host: String?
        /// `sendrecv` when nothing is said.
        public let direction: String
        /// `a=rtpmap`: format to `name/clock[/channels]`, lower case.
        public let maps: [String: String]
        /// `a=ptime` in milliseconds.
        public let ptime: Int?
        /// The port of `a=rtcp`, when told.
        public let controlPort: UInt16?
        /// `a=rtcp-mux` is present.
        public let multiplexed: Bool
        /// The media's `a=` lines without `a=`.
        public let attributes: [String]

        /// Where packets are wanted, when the host is a literal and the port is not 0.
        public var address: TransportAddress? {
            guard let host, port != 0 else { return nil }
            return TransportAddress(host: host, port: port)
        }

        /// Codec name and clock of a payload type: from `a=rtpmap`, else from the static table of RFC 3551 §6.
        public func encoding(of format: String) -> String? {
            if let map = maps[format] { return map }
            switch format {
            case "0": return "pcmu/8000"
            case "3": return "gsm/8000"
            case "8": return "pcma/8000"
            case "9": return "g722/8000"
            case "13": return "cn/8000"
            case "18": return "g729/8000"
            default: return nil
            }
        }
    }

    /// `nil` when it does not begin with `v=0` or has more than 2000 lines.
    public init?(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        let lines = text.split(whereSeparator: { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }).map(String.init)
        guard lines.first?.trimmed == "v=0", lines.count <= 2000 else { return nil }
        self.lines = lines
        var origin: [String] = []
        var sections: [[String]] = [[]]
        for line in lines {
            if line.hasPrefix("o="), sections.count == 1 {
                origin = line.dropFirst(2).split(separator: " ").map(String.init)
            }
            if line.hasPrefix("m=") { sections.append([]) }
            sections[sections.count - 1].append(line)
        }
        self.origin = origin
        let session = sections.first ?? []
        media = sections.dropFirst().map { Media(section: $0, session: session) }
    }

    /// The version in `o=`.
    public var version: UInt64? { origin.count == 6 ? UInt64(origin[2]) : nil }

    /// The lines without `o=`: what is compared to see whether the description changed.
    var linesWithoutOrigin: [String] { lines.filter { !$0.hasPrefix("o=") } }
}

extension WireSessionDescription.Media {
    fileprivate init(section: [String], session: [String]) {
        let words = (section.first ?? "").dropFirst(2).split(separator: " ").map(String.init)
        kind = words.first ?? ""
        port = words.count > 1 ? UInt16(words[1].prefix { $0 != "/" }) ?? 0 : 0
        profile = words.count > 2 ? words[2] : ""
        formats = Array(words.dropFirst(3))
        host = Self.host(in: section) ?? Self.host(in: session)
        let attributes = section.filter { $0.hasPrefix("a=") }.map { String($0.dropFirst(2)) }
        let inherited = session.filter { $0.hasPrefix("a=") }.map { String($0.dropFirst(2)) }
        self.attributes = attributes
        let directions = ["sendrecv", "sendonly", "recvonly", "inactive"]
        direction =
            attributes.last { directions.contains($0) } ?? inherited.last { directions.contains($0) } ?? "sendrecv"
        var maps: [String: String] = [:]
        for attribute in attributes where attribute.hasPrefix("rtpmap:") {
            let pair = attribute.dropFirst(7).split(separator: " ", maxSplits: 1)
            if pair.count == 2 { maps[String(pair[0])] = pair[1].trimmed.lowercased() }
        }
        self.maps = maps
        ptime = attributes.first { $0.hasPrefix("ptime:") }.flatMap { Int($0.dropFirst(6).trimmed) }
        controlPort = attributes.first { $0.hasPrefix("rtcp:") }
            .flatMap { UInt16($0.dropFirst(5).prefix { $0 != " " }) }
        multiplexed = attributes.contains("rtcp-mux")
    }

    private static func host(in lines: [String]) -> String? {
        lines.first { $0.hasPrefix("c=") }.flatMap { line in
            let words = line.dropFirst(2).split(separator: " ")
            return words.count == 3 ? String(words[2].prefix { $0 != "/" }) : nil
        }
    }
}
