internal import TelephonyPrimitives

/// Reads a session description line by line.
struct SDPParser {
    private let octets: [UInt8]
    private var origin: Origin?
    private var sessionName: String?
    private var connection: ConnectionData?
    private var timing: String?
    private var attributes: [Attribute] = []
    private var otherLines: [SDPLine] = []
    private var media: [MediaDescription] = []
    /// Whether the lines at hand belong to the last of `media`.
    private var isInSection = false
    private var sawVersion = false
    // Asked for each line: whether there is a value is dearer to ask of the values.
    private var hasOrigin = false
    private var hasName = false
    private var hasTiming = false

    init(_ octets: [UInt8]) throws(SDPError) {
        guard octets.count <= SessionDescription.maximumSize else { throw .tooLarge(octets: octets.count) }
        // Some peers send the NUL that ends their strings; none may be there (RFC 8866 §9 `byte-string`).
        self.octets =
            octets.span.firstPlace(of: 0, from: 0, to: octets.count) == nil
            ? octets : octets.map { $0 == 0 ? 0x20 : $0 }
    }

    mutating func parse() throws(SDPError) -> SessionDescription {
        let octets = octets
        let span = octets.span
        var number = 0
        var position = 0
        while position < span.count {
            let line = SDPText(position..<span.endOfLine(from: position))
            position = line.end
            if position &+ 1 < span.count, span[position] == 0x0D, span[position &+ 1] == 0x0A { position &+= 1 }
            position &+= 1
            number &+= 1
            guard number <= SessionDescription.maximumLines else { throw .tooManyLines }
            if line.isBlank(span) { continue }
            try read(line, of: octets, number: number)
        }
        guard sawVersion else { throw .missingVersion }
        endSection()
        return SessionDescription(
            origin: origin ?? .absent, sessionName: sessionName ?? "-", connection: connection,
            timing: timing ?? "0 0", attributes: attributes, media: media,
            otherLines: otherLines.ordered(by: UInt8.sessionRank))
    }

    /// The lines since the last m= line belong to no section any more.
    private mutating func endSection() {
        guard isInSection, let last = media.indices.last else { return }
        isInSection = false
        if media[last].otherLines.count > 1 {
            media[last].otherLines = media[last].otherLines.ordered(by: UInt8.mediaRank)
        }
    }

    private mutating func read(_ line: SDPText, of octets: [UInt8], number: Int) throws(SDPError) {
        let span = octets.span
        guard let (type, value) = line.typeAndValue(span) else {
            guard sawVersion else { throw .missingVersion }
            throw .malformed(line: number, problem: "is not of the form letter=value")
        }
        if type == UInt8(ascii: "v") {
            let version = value.trimmedAtEnd(span).text(octets)
            guard version == "0" else { throw .unsupportedVersion(value.text(octets)) }
            sawVersion = true
            return
        }
        guard sawVersion else { throw .missingVersion }
        switch type {
        case UInt8(ascii: "a"):
            guard let attribute = Self.attribute(value, of: octets) else { return }
            if isInSection, let last = media.indices.last {
                media[last].attributes.append(attribute)
            } else {
                attributes.append(attribute)
            }
        case UInt8(ascii: "m"):
            endSection()
            guard media.count < SessionDescription.maximumMedia else { throw .tooManyMedia }
            media.append(try Self.media(value, of: octets, number: number))
            isInSection = true
        case UInt8(ascii: "o"):
            if !hasOrigin {
                origin = try Self.origin(value, of: octets, number: number)
                hasOrigin = true
            }
        case UInt8(ascii: "s"):
            if !hasName {
                sessionName = value.isEmpty ? "-" : value.text(octets)
                hasName = true
            }
        case UInt8(ascii: "c"):
            try readConnection(value, of: octets, number: number)
        case UInt8(ascii: "t") where !hasTiming:
            timing = value.text(octets)
            hasTiming = true
        default:
            // RFC 8866 §5 has letters that are not known make a description void; peers that send them want a call.
            readOther(SDPLine(type: type, value: value.text(octets)))
        }
    }

    private mutating func readConnection(_ value: SDPText, of octets: [UInt8], number: Int) throws(SDPError) {
        let span = octets.span
        var fields = value
        guard let network = fields.nextField(span), let kind = fields.nextField(span),
            let address = fields.nextField(span)
        else {
            throw .malformed(line: number, problem: "(c=) lacks a network type, address type or address")
        }
        let data = ConnectionData(
            networkType: network.text(octets), addressType: kind.text(octets), address: address.text(octets))
        if isInSection, let last = media.indices.last {
            if media[last].connection == nil {
                media[last].connection = data
                return
            }
        } else if connection == nil {
            connection = data
            return
        }
        readOther(
            SDPLine(type: UInt8(ascii: "c"), value: "\(data.networkType) \(data.addressType) \(data.address)"))
    }

    private mutating func readOther(_ line: SDPLine) {
        if isInSection, let last = media.indices.last {
            if UInt8.mediaRank(line.type) != nil { media[last].otherLines.append(line) }
        } else if UInt8.sessionRank(line.type) != nil {
            otherLines.append(line)
        }
    }

    private static func origin(_ value: SDPText, of octets: [UInt8], number: Int) throws(SDPError) -> Origin {
        let span = octets.span
        var fields = value
        guard let user = fields.nextField(span), let id = fields.nextField(span), let version = fields.nextField(span),
            let network = fields.nextField(span), let kind = fields.nextField(span),
            let address = fields.nextField(span)
        else {
            throw .malformed(
                line: number,
                problem:
                    "(o=) has \(value.fieldCount(span)) fields; six are needed: user, id, version, IN, IP4, address")
        }
        return Origin(
            username: user.text(octets), sessionID: id.text(octets), sessionVersion: version.text(octets),
            networkType: network.text(octets), addressType: kind.text(octets), address: address.text(octets))
    }

    private static func media(
        _ value: SDPText, of octets: [UInt8], number: Int
    ) throws(SDPError) -> MediaDescription {
        let span = octets.span
        var fields = value
        guard let kind = fields.nextField(span), let ports = fields.nextField(span),
            let transport = fields.nextField(span)
        else {
            throw .malformed(line: number, problem: "(m=) lacks a media type, port or transport")
        }
        let (first, rest) = ports.cut(at: UInt8(ascii: "/"), span)
        guard let wide = first.decimal(span), let port = UInt16(exactly: wide) else {
            throw .malformed(
                line: number, problem: "(m=) has the port \(ports.text(octets).prefix(20)); it must be 0 to 65535")
        }
        var count: Int?
        if let rest {
            count = rest.decimal(span)
            guard count != nil else {
                throw .malformed(line: number, problem: "(m=) has a number of ports that is no number")
            }
        }
        var formats: [String] = []
        formats.reserveCapacity(fields.fieldCount(span))
        while let format = fields.nextField(span) { formats.append(format.text(octets)) }
        var media = MediaDescription(
            kind: kind.text(octets), port: port, portCount: count, transport: transport.text(octets), formats: formats)
        media.attributes.reserveCapacity(12)
        return media
    }

    private static func attribute(_ value: SDPText, of octets: [UInt8]) -> Attribute? {
        let span = octets.span
        let trimmed = value.trimmedAtEnd(span)
        guard !trimmed.isEmpty else { return nil }
        let (name, text) = trimmed.cut(at: UInt8(ascii: ":"), span)
        return Attribute(name.text(octets), text?.text(octets))
    }
}
