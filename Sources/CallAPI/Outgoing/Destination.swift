public import SIPCore

/// Whom to call: a telephone number or a SIP address, in the one form in which it is compared with what is allowed.
public enum Destination: Sendable, Hashable, CustomStringConvertible {
    /// Digits, with `+` in front when the number is one of E.164.
    case number(String)
    case address(SIPURI)

    /// - Throws: a sentence that says what is wrong with it.
    public init(parsing text: String) throws(DestinationError) {
        guard text.utf8.count <= 256 else { throw DestinationError("is longer than 256 octets") }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        switch scheme {
        case "sip", "sips": self = .address(try Self.address(text))
        case "tel": self = .number(try Self.number(String(text.dropFirst(4))))
        default: self = .number(try Self.number(text))
        }
    }

    /// Stars and hashes are left out: they switch forwarding and billing on and off.
    private static func number(_ text: String) throws(DestinationError) -> String {
        var digits = ""
        for character in text {
            switch character {
            case "0"..."9" where character.isASCII: digits.append(character)
            case "+" where digits.isEmpty: digits.append(character)
            case " ", "-", ".", "(", ")": continue
            default:
                throw DestinationError("is no number and no SIP address; write +15551234567 or sip:bob@example.com")
            }
        }
        let count = digits.filter { $0 != "+" }.count
        guard (3...15).contains(count) else { throw DestinationError("is no number of 3 to 15 digits") }
        return digits
    }

    private static func address(_ text: String) throws(DestinationError) -> SIPURI {
        guard let uri = try? SIPURI(parsing: text) else {
            throw DestinationError("is no SIP address; write it like sip:bob@example.com")
        }
        guard uri.password == nil, uri.headers.isEmpty else {
            throw DestinationError("has a password or header fields; leave them out")
        }
        // Others lead the call to another place than the host (`maddr`), or through one.
        guard uri.parameters.allSatisfy({ ["transport", "user"].contains($0.name.lowercased()) }) else {
            throw DestinationError("has other parameters than transport; leave them out")
        }
        let user = uri.unescapedUser ?? ""
        guard !user.isEmpty, user.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !refused.contains($0) }) else {
            throw DestinationError("has no user, or one with signs that have a meaning of their own")
        }
        var plain = SIPURI(
            user: SIPURI.escapingUser(user), host: uri.host, port: uri.port, isSecure: uri.isSecure)
        if case .name(let name) = uri.host { plain.host = .name(name.lowercased()) }
        if let transport = uri.transportParameter?.lowercased() {
            guard ["udp", "tcp", "tls", "ws", "wss"].contains(transport) else {
                throw DestinationError("has a transport that there is not")
            }
            plain = plain.addingTransport(transport)
        }
        return plain
    }

    private static let refused = Set("@:;?<>\"%\\".utf8)

    public var description: String {
        switch self {
        case .number(let digits): digits
        case .address(let uri): uri.description
        }
    }
}

/// What is wrong with a destination, to be put behind it: "… is no number".
public struct DestinationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
