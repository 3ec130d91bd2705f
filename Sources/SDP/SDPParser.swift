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
    /// The section that the lines at hand belong to; it is put to `media` when the next one begins.
    private var section: MediaDescription?
    private var sawVersion = false

    init(_ octets: [UInt8]) throws(SDPError) {
        guard octets.count <= SessionDescription.maximumSize else { throw .tooLarge(octets: octets.count) }
        // Some peers send the NUL that ends their strings; none may be there (RFC 8866 §9 `byte-string`).
        self.octets =
            octets.span.firstPlace(of: 0, from: 0, to: octets.count) == nil
            ? octets : octets.map { $0 == 0 ? 0x20 : $0 }
    }

    mutating func parse() throws(SDPError) -> SessionDescription {
        let count = octets.count
        var number = 0
        var position = 0
        while position < count {
            let line = SDPText(octets, position..<octets.span.endOfLine(from: position))
            position = line.end
            if position < count, octets[position] == 0x0D, position + 1 < count, octets[position + 1] == 0x0A {
                position += 1
            }
            position += 1
            number += 1
            guard number <= SessionDescription.maximumLines else { throw .tooManyLines }
            if line.isBlank { continue }
            try read(line, number: number)
        }
        guard sawVersion else { throw .missingVersion }
        endSection()
        return SessionDescription(
            origin: origin ?? .absent, sessionName: sessionName ?? "-", connection: connection,
            timing: timing ?? "0 0", attributes: attributes, media: media,
            otherLines: otherLines.ordered(by: UInt8.sessionRank))
    }

    private mutating func endSection() {
        guard var ended = section else { return }
        section = nil
        ended.otherLines = ended.otherLines.ordered(by: UInt8.mediaRank)
        media.append(ended)
    }

    private mutating func read(_ line: SDPText, number: Int) throws(SDPError) {
        guard let (type, value) = line.typeAndValue else {
            guard sawVersion else { throw .missingVersion }
            throw .malformed(line: number, problem: "is not of the form letter=value")
        }
        if type == UInt8(ascii: "v") {
            guard value.trimmedAtEnd.isEqual(to: "0") else { throw .unsupportedVersion(value.text) }
            sawVersion = true
            return
        }
        guard sawVersion else { throw .missingVersion }
        switch type {
        case UInt8(ascii: "o"):
            if origin == nil { origin = try Self.origin(value, number: number) }
        case UInt8(ascii: "s"):
            if sessionName == nil { sessionName = value.isEmpty ? "-" : value.text }
        case UInt8(ascii: "m"):
            endSection()
            guard media.count < SessionDescription.maximumMedia else { throw .tooManyMedia }
            section = try Self.media(value, number: number)
        case UInt8(ascii: "a"):
            guard let attribute = Self.attribute(value) else { return }
            if section == nil { attributes.append(attribute) } else { section?.attributes.append(attribute) }
        case UInt8(ascii: "c"):
            try readConnection(value, number: number)
        case UInt8(ascii: "t") where timing == nil:
            timing = value.text
        default:
            // RFC 8866 §5 has letters that are not known make a description void; peers that send them want a call.
            readOther(SDPLine(type: type, value: value.text))
        }
    }

    private mutating func readConnection(_ value: SDPText, number: Int) throws(SDPError) {
        var fields = value
        guard let network = fields.nextField(), let kind = fields.nextField(), let address = fields.nextField() else {
            throw .malformed(line: number, problem: "(c=) lacks a network type, address type or address")
        }
        let data = ConnectionData(networkType: network.text, addressType: kind.text, address: address.text)
        if section != nil {
            if section?.connection == nil {
                section?.connection = data
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
        if section != nil {
            if UInt8.mediaRank(line.type) != nil { section?.otherLines.append(line) }
        } else if UInt8.sessionRank(line.type) != nil {
            otherLines.append(line)
        }
    }

    private static func origin(_ value: SDPText, number: Int) throws(SDPError) -> Origin {
        var fields = value
        guard let user = fields.nextField(), let id = fields.nextField(), let version = fields.nextField(),
            let network = fields.nextField(), let kind = fields.nextField(), let address = fields.nextField()
        else {
            throw .malformed(
                line: number,
                problem:
                    "(o=) has \(value.fieldCount) fields; six are needed: user, id, version, IN, IP4, address")
        }
        return Origin(
            username: user.text, sessionID: id.text, sessionVersion: version.text, networkType: network.text,
            addressType: kind.text, address: address.text)
    }

    private static func media(_ value: SDPText, number: Int) throws(SDPError) -> MediaDescription {
        var fields = value
        guard let kind = fields.nextField(), let ports = fields.nextField(), let transport = fields.nextField() else {
            throw .malformed(line: number, problem: "(m=) lacks a media type, port or transport")
        }
        let (first, rest) = ports.cut(at: UInt8(ascii: "/"))
        guard let wide = first.decimal, let port = UInt16(exactly: wide) else {
            throw .malformed(
                line: number, problem: "(m=) has the port \(ports.text.prefix(20)); it must be 0 to 65535")
        }
        var count: Int?
        if let rest {
            count = rest.decimal
            guard count != nil else {
                throw .malformed(line: number, problem: "(m=) has a number of ports that is no number")
            }
        }
        var formats: [String] = []
        formats.reserveCapacity(fields.fieldCount)
        while let format = fields.nextField() { formats.append(format.text) }
        var media = MediaDescription(
            kind: kind.text, port: port, portCount: count, transport: transport.text, formats: formats)
        media.attributes.reserveCapacity(12)
        return media
    }

    private static func attribute(_ value: SDPText) -> Attribute? {
        let trimmed = value.trimmedAtEnd
        guard !trimmed.isEmpty else { return nil }
        let (name, text) = trimmed.cut(at: UInt8(ascii: ":"))
        return Attribute(name.text, text?.text)
    }
}
