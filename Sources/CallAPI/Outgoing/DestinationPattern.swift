internal import SIPCore

/// A part of the places that may be called.
///
/// `+4930*` stands for every number that begins so, `+15551234567` for one; `sip:desk@example.com` for one address,
/// `sip:*@example.com` for every user there, `sip:*@*.example.com` for those of every host below it. A port counts, and so
/// does its absence; `sip` and `sips` are different.
public struct DestinationPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Form: Hashable {
        case number(String)
        case numbers(beginning: String)
        case address(scheme: String, user: String, host: String, port: UInt16?)
    }

    private let form: Form
    public let description: String

    /// - Throws: a sentence to be put behind the pattern.
    public init(_ text: String) throws(DestinationError) {
        description = text
        guard text.utf8.count <= 256 else { throw DestinationError("is longer than 256 octets") }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        if scheme == "sip" || scheme == "sips" {
            form = try Self.address(text, scheme)
            return
        }
        let isOpen = text.hasSuffix("*")
        let digits = isOpen ? text.dropLast() : text[...]
        guard !digits.isEmpty, digits.dropFirst(digits.first == "+" ? 1 : 0).allSatisfy({ $0.isASCII && $0.isNumber })
        else {
            throw DestinationError(
                "is no pattern of numbers or addresses; write +4930* or sip:*@example.com")
        }
        if isOpen {
            form = .numbers(beginning: String(digits))
        } else {
            guard case .number(let number) = try Destination(parsing: text) else {
                throw DestinationError("is no number")
            }
            form = .number(number)
        }
    }

    private static func address(_ text: String, _ scheme: String) throws(DestinationError) -> Form {
        let parts = text.dropFirst(scheme.count + 1).split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw DestinationError("has no user; write sip:*@example.com for all of them")
        }
        let isWide = parts[1].hasPrefix("*.")
        // Read as the address that it would be without its stars, so that both are written alike.
        let sample = "\(scheme):\(parts[0].replacing("*", with: "0"))@\(isWide ? parts[1].dropFirst(2) : parts[1])"
        guard case .address(let uri) = try Destination(parsing: sample) else {
            throw DestinationError("is no SIP address")
        }
        guard uri.parameters.isEmpty else { throw DestinationError("has parameters; leave them out") }
        let host = isWide ? "*.\(uri.host)" : "\(uri.host)"
        return .address(scheme: scheme, user: String(parts[0]), host: host, port: uri.port)
    }

    public func matches(_ destination: Destination) -> Bool {
        switch (form, destination) {
        case (.number(let number), .number(let wanted)): return number == wanted
        case (.numbers(let beginning), .number(let wanted)): return wanted.hasPrefix(beginning)
        case (.address(let scheme, let user, let host, let port), .address(let wanted)):
            let name = "\(wanted.host)"
            let isThere = host.hasPrefix("*.") ? name.hasSuffix(host.dropFirst()) : name == host
            return scheme == wanted.scheme && port == wanted.port && isThere
                && Self.matches(Array(user.utf8), Array((wanted.unescapedUser ?? "").utf8))
        default: return false
        }
    }

    /// Whether `text` is `pattern`, in which `*` stands for any octets. Takes at most the product of both lengths.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (place, position) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                place = last.place + 1
                position = last.position + 1
                star = (last.place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
