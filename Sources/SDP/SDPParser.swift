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
        // Some peers send the NUL that ends their strings; none may be there (RFC 8866 §9 `byte-string`).
        var rest = octets.contains(0) ? octets.map { $0 == 0 ? 0x20 : $0 }[...] : octets[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A && $0 != 0x0D }
            rest = rest[line.endIndex...]
            if rest.first == 0x0D, rest.dropFirst().first == 0x0A { rest = rest.dropFirst() }
            rest = rest.dropFirst()
            number += 1
            guard number <= SessionDescription.maximumLines else { throw .tooManyLines }
            if line.allSatisfy(isBlank) { continue }
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
        let value = line.dropFirst(2)
        if type == UInt8(ascii: "v") {
            guard value.trimmedAtEnd.elementsEqual("0".utf8) else { throw .unsupportedVersion(value.text) }
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
            timing = value.text
        default:
            // RFC 8866 §5 has letters that are not known make a description void; peers that send them want a call.
            readOther(SDPLine(type: type, value: value.text))
        }
    }

    private mutating func readConnection(_ value: ArraySlice<UInt8>, number: Int) throws(SDPError) {
        let parts = value.fields
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

    private static func origin(_ value: ArraySlice<UInt8>, number: Int) throws(SDPError) -> Origin {
        let parts = value.fields
        guard parts.count >= 6 else {
            throw .malformed(
                line: number,
                problem: "(o=) has \(parts.count) fields; six are needed: user, id, version, IN, IP4, address")
        }
        return Origin(
            username: parts[0], sessionID: parts[1], sessionVersion: parts[2], networkType: parts[3],
            addressType: parts[4], address: parts[5])
    }

    private static func media(_ value: ArraySlice<UInt8>, number: Int) throws(SDPError) -> MediaDescription {
        let parts = value.fields
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

    private static func attribute(_ value: ArraySlice<UInt8>) -> Attribute? {
        let trimmed = value.trimmedAtEnd
        guard !trimmed.isEmpty else { return nil }
        guard let colon = trimmed.firstIndex(of: UInt8(ascii: ":")) else { return Attribute(trimmed.text) }
        return Attribute(trimmed[..<colon].text, trimmed[(colon + 1)...].text)
    }
}
