internal import TelephonyPrimitives

/// A body of several parts (RFC 2046 §5.1, RFC 5621 §4).
public struct MultipartBody: Sendable {
    /// `mixed`, `alternative`, `related` or another word, in lower case. One that is not known counts as `mixed`
    /// (RFC 5621 §4.2).
    public var subtype: String
    public var parts: [BodyPart]

    /// Parts of one body.
    private static let maxParts = 32
    /// How deep bodies may be in one another.
    static let maxDepth = 4
    private static let maxHeaderOctets = 8_192
    private static let maxHeaders = 32

    public init(_ parts: [BodyPart], subtype: String = "mixed") {
        self.parts = parts
        self.subtype = subtype.asciiLowercased
    }

    /// Whether every part says the same, the last one best (RFC 2046 §5.1.4).
    public var isAlternative: Bool { subtype == "alternative" }

    // MARK: Reading

    /// - Parameters:
    ///   - octets: the body.
    ///   - type: its Content-Type, with the boundary.
    /// - Throws: when there is no boundary, the last one is missing, or there are more parts or headers than are read.
    public init(parsing octets: [UInt8], as type: MediaType) throws(ParseError) {
        guard type.type == "multipart" else { throw Self.fault(0, "The body is no multipart") }
        guard let boundary = type.parameters.value(of: "boundary").map({ Array($0.utf8) }), !boundary.isEmpty,
            boundary.count <= 70
        else { throw Self.fault(0, "The multipart body has no boundary of 1 to 70 characters") }
        var parts: [BodyPart] = []
        var start: Int?
        var isClosed = false
        var position = 0
        while position < octets.count, !isClosed {
            let line = position
            let end = octets.span.firstPlace(of: 0x0A, from: line, to: octets.count) ?? octets.count
            position = min(end + 1, octets.count)
            guard octets[line] == 0x2D, let delimiter = Self.delimiter(octets[line..<end], boundary) else { continue }
            if let start {
                guard parts.count < Self.maxParts else {
                    throw Self.fault(line, "There are more than \(Self.maxParts) parts")
                }
                // The line end before a boundary belongs to the boundary.
                var until = max(start, line - 1)
                if until > start, octets[until - 1] == 0x0D { until -= 1 }
                parts.append(try Self.part(octets[start..<until]))
            }
            start = position
            isClosed = delimiter == .last
        }
        guard isClosed else { throw Self.fault(octets.count, "The multipart body lacks its last boundary") }
        guard !parts.isEmpty else { throw Self.fault(0, "The multipart body has no part") }
        self.init(parts, subtype: type.subtype)
    }

    private enum Delimiter {
        case next, last
    }

    /// Whether a line is `--boundary` or `--boundary--`, with nothing but blanks behind it.
    private static func delimiter(_ line: ArraySlice<UInt8>, _ boundary: [UInt8]) -> Delimiter? {
        guard line.count >= boundary.count + 2, line.starts(with: [0x2D, 0x2D]),
            line.dropFirst(2).starts(with: boundary)
        else { return nil }
        var rest = line.dropFirst(2 + boundary.count)
        let isLast = rest.starts(with: [0x2D, 0x2D])
        if isLast { rest = rest.dropFirst(2) }
        return rest.allSatisfy(OctetClass.isBlankOrLineEnd) ? (isLast ? .last : .next) : nil
    }

    /// The headers and the content of one part.
    private static func part(_ octets: ArraySlice<UInt8>) throws(ParseError) -> BodyPart {
        var headers: HeaderFields = []
        var position = octets.startIndex
        while position < octets.endIndex {
            let start = position
            guard position - octets.startIndex <= maxHeaderOctets else {
                throw fault(start, "The headers of a part are too long")
            }
            while position < octets.endIndex, octets[position] != 0x0A { position += 1 }
            var end = position
            position = min(position + 1, octets.endIndex)
            if end > start, octets[end - 1] == 0x0D { end -= 1 }
            if start == end { break }
            let line = octets[start..<end]
            if OctetClass.isBlank(octets[start]), let last = headers.popLast() {
                headers.append((last.0, "\(last.1) \(line.trimmed.asText)"))
                continue
            }
            guard let colon = line.firstIndex(of: 0x3A), colon > start else {
                throw fault(start, "A header of a part has no name")
            }
            guard headers.count < maxHeaders else { throw fault(start, "A part has too many headers") }
            let name = line[..<colon].trimmed.asText
            guard name.isToken else { throw fault(start, "The name of a header of a part is no token") }
            headers.append((HeaderName(name), line[(colon + 1)...].trimmed.asText))
        }
        return BodyPart(headers: headers, octets: Array(octets[position...]))
    }

    private static func fault(_ offset: Int, _ message: String) -> ParseError {
        ParseError(offset: offset, section: "RFC 2046 §5.1.1", message: message)
    }

    // MARK: Writing

    /// The whole as one body, whose boundary occurs in no part.
    ///
    /// - Parameter beginning: what the boundary begins with; figures are added while a part has it inside.
    public func makeBody(boundary beginning: String = "part-boundary") -> Body {
        var boundary = beginning.isToken && beginning.utf8.count <= 50 ? beginning : "part-boundary"
        var number = 0
        while parts.contains(where: { $0.octets.contains(boundary) }) {
            number += 1
            boundary = "\(beginning)-\(number)"
        }
        var octets: [UInt8] = []
        for part in parts {
            octets += "--\(boundary)\r\n".utf8
            for (name, value) in part.headers {
                octets += "\(name.text): ".utf8
                // No value can end its line.
                octets += value.utf8.map { $0 == 0x0D || $0 == 0x0A || $0 == 0 ? 0x20 : $0 }
                octets += [0x0D, 0x0A]
            }
            octets += [0x0D, 0x0A]
            octets += part.octets
            octets += [0x0D, 0x0A]
        }
        octets += "--\(boundary)--\r\n".utf8
        return Body(contentType: "multipart/\(subtype);boundary=\"\(boundary)\"", octets: octets)
    }
}

extension [UInt8] {
    /// Whether `text` occurs in it as the beginning of a boundary line could.
    fileprivate func contains(_ boundary: String) -> Bool {
        let wanted = Array("--\(boundary)".utf8)
        return indices.contains { self[$0] == 0x2D && self[$0...].starts(with: wanted) }
    }
}
