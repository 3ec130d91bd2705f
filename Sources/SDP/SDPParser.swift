/// Reads a session description line by line.
struct SDPParser {
    private var origin: Origin?
    private var sessionName: String?
    private var connection: ConnectionData?
    private var timing: String?
    private var attributes: [Attribute] = []
    private var otherLines: [SDPLine] = []
    private var media: [MediaDescription] = []
    private var sawVersion = false

    mutating func parse(_ octets: [UInt8]) throws(SDPError) -> SessionDescription {
        guard octets.count <= SessionDescription.maximumSize else { throw .tooLarge(octets: octets.count) }
        var number = 0
        var rest = octets[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A && $0 != 0x0D }
            let ending = rest.dropFirst(line.count)
            rest = ending.starts(with: [0x0D, 0x0A]) ? ending.dropFirst(2) : ending.dropFirst()
            number += 1
            guard number <= SessionDescription.maximumLines else { throw .tooManyLines }
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            try read(line, number: number)
        }
        guard sawVersion else { throw .missingVersion }
        for index in media.indices {
            media[index].otherLines = media[index].otherLines.ordered(by: UInt8.mediaRank)
        }
        return SessionDescription(
            origin: origin ?? .absent, sessionName: sessionName ?? "-", connection: connection,
            timing: timing ?? "0 0", attributes: attributes, media: media,
            otherLines: otherLines.ordered(by: UInt8.sessionRank))
    }

    private mutating func read(_ line: ArraySlice<UInt8>, number: Int) throws(SDPError) {
        guard let type = line.first, line.dropFirst().first == UInt8(ascii: "=") else {
            guard sawVersion else { throw .missingVersion }
            throw .malformed(line: number, problem: "is not of the form letter=value")
        }
        let value = Self.text(line.dropFirst(2))
        if type == UInt8(ascii: "v") {
            guard trimmedAtEnd(value) == "0" else { throw .unsupportedVersion(value) }
            sawVersion = true
            return
        }
        guard sawVersion else { throw .missingVersion }
        switch type {
        case UInt8(ascii: "o"):
            if origin == nil { origin = try Self.origin(value, number: number) }
        case UInt8(ascii: "s"):
            if sessionName == nil { sessionName = value.isEmpty ? "-" : value }
        case UInt8(ascii: "m"):
            guard media.count < SessionDescription.maximumMedia else { throw .tooManyMedia }
            media.append(try Self.media(value, number: number))
        case UInt8(ascii: "a"):
            guard let attribute = Self.attribute(value) else { return }
            if media.isEmpty {
                attributes.append(attribute)
            } else {
                media[media.endIndex - 1].attributes.append(attribute)
            }
        case UInt8(ascii: "c"):
            try readConnection(value, number: number)
        case UInt8(ascii: "t") where timing == nil:
            timing = value
        default:
            // RFC 8866 §5 has letters that are not known make a description void; peers that send them want a call.
            readOther(SDPLine(type: type, value: value))
        }
    }

    private mutating func readConnection(_ value: String, number: Int) throws(SDPError) {
        let parts = fields(value)
        guard parts.count >= 3 else {
            throw .malformed(line: number, problem: "(c=) lacks a network type, address type or address")
        }
        let data = ConnectionData(networkType: parts[0], addressType: parts[1], address: parts[2])
        if let last = media.indices.last {
            if media[last].connection == nil {
                media[last].connection = data
                return
            }
        } else if connection == nil {
            connection = data
            return
        }
        readOther(SDPLine(type: UInt8(ascii: "c"), value: parts.prefix(3).joined(separator: " ")))
    }

    private mutating func readOther(_ line: SDPLine) {
        if let last = media.indices.last {
            if UInt8.mediaRank(line.type) != nil { media[last].otherLines.append(line) }
        } else if UInt8.sessionRank(line.type) != nil {
            otherLines.append(line)
        }
    }

    private static func origin(_ value: String, number: Int) throws(SDPError) -> Origin {
        let parts = fields(value)
        guard parts.count >= 6 else {
            throw .malformed(
                line: number,
                problem: "(o=) has \(parts.count) fields; six are needed: user, id, version, IN, IP4, address")
        }
        return Origin(
            username: parts[0], sessionID: parts[1], sessionVersion: parts[2], networkType: parts[3],
            addressType: parts[4], address: parts[5])
    }

    private static func media(_ value: String, number: Int) throws(SDPError) -> MediaDescription {
        let parts = fields(value)
        guard parts.count >= 3 else {
            throw .malformed(line: number, problem: "(m=) lacks a media type, port or transport")
        }
        let ports = parts[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = ports.first, let wide = decimal(first), let port = UInt16(exactly: wide) else {
            throw .malformed(line: number, problem: "(m=) has the port \(parts[1].prefix(20)); it must be 0 to 65535")
        }
        var count: Int?
        if ports.count > 1 {
            count = decimal(ports[1])
            guard count != nil else {
                throw .malformed(line: number, problem: "(m=) has a number of ports that is no number")
            }
        }
        return MediaDescription(
            kind: parts[0], port: port, portCount: count, transport: parts[2], formats: Array(parts.dropFirst(3)))
    }

    private static func attribute(_ value: String) -> Attribute? {
        let trimmed = trimmedAtEnd(value)
        guard !trimmed.isEmpty else { return nil }
        guard let colon = trimmed.firstIndex(of: ":") else { return Attribute(trimmed) }
        return Attribute(String(trimmed[..<colon]), String(trimmed[trimmed.index(after: colon)...]))
    }

    /// Text of a line. What is no UTF-8 is taken for Latin-1, which older gateways write into `s=`; NUL, which no
    /// line may hold, becomes a blank.
    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        if let text = String(validating: octets, as: UTF8.self), !octets.contains(0) { return text }
        let clean = octets.map { $0 == 0 ? 0x20 : $0 }
        if let text = String(validating: clean, as: UTF8.self) { return text }
        var text = String.UnicodeScalarView()
        for octet in clean { text.append(Unicode.Scalar(octet)) }
        return String(text)
    }
}
