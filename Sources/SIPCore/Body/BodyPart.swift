/// A body, or one part of a body that has several (RFC 2046 §5.1, RFC 5621 §3).
public struct BodyPart: Sendable {
    /// Its own header fields: Content-Type, Content-Disposition, Content-ID and their like.
    public var headers: HeaderFields
    public var octets: [UInt8]

    public init(headers: HeaderFields = [], octets: [UInt8]) {
        self.headers = headers
        self.octets = octets
    }

    /// - Parameters:
    ///   - body: type and octets.
    ///   - disposition: what it is for, when that is to be said.
    ///   - id: a name by which other parts and headers speak of it (`cid:` URLs, RFC 2392).
    public init(_ body: Body, disposition: ContentDisposition? = nil, id: String? = nil) {
        headers = [(.contentType, body.contentType)]
        if let disposition { headers.append((.contentDisposition, "\(disposition)")) }
        if let id { headers.append((.contentID, "<\(id)>")) }
        octets = body.octets
    }

    /// The first value of a header of the part.
    public func first(_ name: HeaderName) -> String? {
        headers.first { $0.0 == name }?.1
    }

    /// What it is; plain text when it does not say so (RFC 2046 §5.1).
    /// - Throws: when Content-Type can't be read.
    public var contentType: MediaType {
        get throws(ParseError) { try MediaType(parsing: first(.contentType) ?? "text/plain") }
    }

    /// What it is for.
    /// - Throws: when Content-Disposition can't be read.
    public var disposition: ContentDisposition {
        get throws(ParseError) {
            guard let text = first(.contentDisposition) else { return .implied(for: try? contentType) }
            return try ContentDisposition(parsing: text)
        }
    }

    /// The name by which others speak of it, without angle brackets.
    public var id: String? {
        first(.contentID).map { text in
            text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
        }
    }

    /// Whether its octets are the thing itself: not compressed, and not written in base64 or the like.
    var isPlain: Bool {
        let encoding = first(.contentEncoding)?.asciiLowercased ?? "identity"
        let transfer = first(.contentTransferEncoding)?.asciiLowercased ?? "binary"
        return encoding == "identity" && ["binary", "8bit", "7bit"].contains(transfer)
    }

    /// Its own parts; `nil` when it has none.
    /// - Throws: when it should have parts and they can't be told apart.
    public var parts: MultipartBody? {
        get throws(ParseError) { try parts(depth: 0) }
    }

    func parts(depth: Int) throws(ParseError) -> MultipartBody? {
        let type = try contentType
        guard type.type == "multipart" else { return nil }
        guard depth < MultipartBody.maxDepth else {
            throw ParseError(
                offset: 0, section: "RFC 5621 §4.2", message: "The parts of the body are too deep in one another")
        }
        return try MultipartBody(parsing: octets, as: type)
    }

    /// The parts that have no parts themselves, in order.
    func leaves(depth: Int = 0) throws(ParseError) -> [BodyPart] {
        guard let parts = try parts(depth: depth)?.parts else { return [self] }
        var leaves: [BodyPart] = []
        for part in parts { leaves += try part.leaves(depth: depth + 1) }
        return leaves
    }

    /// Why the part can't be used, in a sentence; `nil` when it can be, or may be passed over (RFC 5621 §8.3).
    ///
    /// Of alternatives one is enough; of other parts every one that is required has to be usable.
    func fault(accepting types: [String], depth: Int = 0) throws(ParseError) -> String? {
        let disposition = try disposition
        guard disposition.isRequired else { return nil }
        let type = try contentType
        guard let body = try parts(depth: depth) else {
            guard isPlain else { return "A part of type \(type.essence) is encoded" }
            guard types.contains(type.essence) else { return "A part is of type \(type.essence)" }
            guard ["session", "render"].contains(disposition.type) else {
                return "A part is for \(disposition.type)"
            }
            return nil
        }
        var fault: String?
        for part in body.parts {
            let next = try part.fault(accepting: types, depth: depth + 1)
            if body.isAlternative {
                guard next != nil else { return nil }
                fault = fault ?? next
            } else if let next {
                return next
            }
        }
        return fault
    }

    /// The session description in it: of alternatives the last one, otherwise the first one (RFC 5621 §6.1).
    func sessionDescription(depth: Int = 0) -> [UInt8]? {
        guard let parts = try? parts(depth: depth) else {
            guard (try? contentType.essence) == "application/sdp", isPlain, (try? disposition.type) == "session" else {
                return nil
            }
            return octets
        }
        let inOrder = parts.isAlternative ? parts.parts.reversed() : parts.parts
        for part in inOrder {
            if let found = part.sessionDescription(depth: depth + 1) { return found }
        }
        return nil
    }
}

extension HeaderName {
    /// RFC 2045 §7
    public static let contentID = HeaderName("Content-ID")
    /// RFC 2045 §6
    public static let contentTransferEncoding = HeaderName("Content-Transfer-Encoding")
}
