/// What a stream has beyond plain RTP and RTCP: extended reports (RFC 3611 §5), reports of reduced size (RFC 5506 §5) and
/// header extensions (RFC 8285 §5).
///
/// We ask for none of it in a first offer, since old equipment is best spared what it does not know. What an offer has is
/// answered, and stays as it is in later offers.
public struct StreamExtensions: Sendable, Hashable {
    /// The value of the peer's `a=rtcp-xr`: which extended reports it wants; `nil` without one.
    public var extendedReports: String?
    /// Whether RTCP packets may come alone (`a=rtcp-rsize`).
    public var reducedSize: Bool
    /// The header extensions that both sides know, by their identifier, 1 to 255.
    public var headerExtensions: [UInt8: String]

    public init(extendedReports: String? = nil, reducedSize: Bool = false, headerExtensions: [UInt8: String] = [:]) {
        self.extendedReports = extendedReports
        self.reducedSize = reducedSize
        self.headerExtensions = headerExtensions
    }

    /// Reads a stream of the peer; at most 32 header extensions are looked at.
    init(_ media: MediaDescription, of session: SessionDescription) {
        // Of the stream, or of the whole session (RFC 3611 §5.1, RFC 8285 §5).
        extendedReports = media.attributes.value("rtcp-xr") ?? session.attributes.value("rtcp-xr")
        reducedSize = media.attributes.has("rtcp-rsize")
        headerExtensions = [:]
        let lines = (media.attributes + session.attributes).filter { $0.name == "extmap" }
        for line in lines.prefix(32) {
            // `3/sendonly urn:… parameters`
            let parts = fields(line.value ?? "")
            guard parts.count >= 2 else { continue }
            let place = parts[0].split(separator: "/", maxSplits: 1)
            guard let number = place.first.flatMap({ decimal($0) }), let id = UInt8(exactly: number), id > 0,
                place.count == 1 || place[1] != "inactive"
            else { continue }
            if headerExtensions[id] == nil { headerExtensions[id] = String(parts[1]) }
        }
    }

    /// Without the header extensions that are not among ours.
    func limited(to capabilities: AudioCapabilities) -> StreamExtensions {
        var result = self
        result.headerExtensions = headerExtensions.filter { capabilities.headerExtensions[$0.value] != nil }
        return result
    }

    /// What an answer took of what was offered: identifiers keep their meaning (RFC 8285 §6).
    func intersection(_ offered: StreamExtensions) -> StreamExtensions {
        var result = self
        result.reducedSize = reducedSize && offered.reducedSize
        result.headerExtensions = headerExtensions.filter { offered.headerExtensions[$0.key] == $0.value }
        return result
    }

    /// What an answer, or a later offer, says of it.
    func attributes(_ capabilities: AudioCapabilities) -> [Attribute] {
        var attributes: [Attribute] = []
        if extendedReports != nil, let wanted = capabilities.extendedReports {
            attributes.append(Attribute("rtcp-xr", wanted))
        }
        if reducedSize { attributes.append(Attribute("rtcp-rsize")) }
        for (id, uri) in headerExtensions.sorted(by: { $0.key < $1.key }) {
            let parameters = capabilities.headerExtensions[uri].map { $0.isEmpty ? "" : " \($0)" } ?? ""
            attributes.append(Attribute("extmap", "\(id) \(uri)\(parameters)"))
        }
        return attributes
    }
}
