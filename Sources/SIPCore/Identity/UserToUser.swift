/// What one user's application tells the other's with a call (RFC 7433 §4).
public struct UserToUser: Hashable, Sendable, CustomStringConvertible {
    /// As it is written: without quotes, and still encoded.
    public var text: String
    /// What it is for; `isdn-uui` when it is not said (RFC 7434 §3).
    public var purpose: String?
    /// What the octets are, as agreed for the purpose.
    public var content: String?
    /// How they are written, e.g. `hex`.
    public var encoding: String?
    /// What else was said.
    public var extensions: Parameters

    /// Octets, written in hexadecimal digits.
    public init(octets: [UInt8], purpose: String? = nil, content: String? = nil) {
        let digits = Array("0123456789ABCDEF".utf8)
        text = octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }.asText
        self.purpose = purpose
        self.content = content
        encoding = "hex"
        extensions = Parameters()
    }

    /// Reads one value of the header.
    public init(parsing text: String) throws(ParseError) {
        var scanner = FieldScanner(text, section: "RFC 7433 §4.1")
        scanner.skipBlanks()
        self.text =
            scanner.next == 0x22
            ? try scanner.quotedString("The data of User-to-User") : try scanner.token("The data of User-to-User")
        extensions = try scanner.parameters()
        try scanner.finish("User-to-User")
        purpose = extensions.value(of: "purpose")
        content = extensions.value(of: "content")
        encoding = extensions.value(of: "encoding")
        for name in ["purpose", "content", "encoding"] { extensions.remove(name) }
    }

    /// What is meant: the octets that the hexadecimal digits stand for, where they are such; else those of the text.
    /// `nil` when it says that it is hexadecimal and is not.
    public var octets: [UInt8]? {
        if let encoding, !encoding.utf8.isEqual(ignoringCase: "hex") { return Array(text.utf8) }
        // Data for ISDN is hexadecimal whether it says so or not (RFC 7434 §4).
        let isImplied = purpose.map { $0.utf8.isEqual(ignoringCase: "isdn-uui") } ?? true
        guard encoding != nil || isImplied else { return Array(text.utf8) }
        let decoded = Self.hexadecimal(text)
        return encoding == nil ? decoded ?? Array(text.utf8) : decoded
    }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        var octets: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = OctetClass.hexValue(digit) else { return nil }
            if let first = high {
                octets.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? octets : nil
    }

    public var description: String {
        var parameters = Parameters()
        if let purpose { parameters.append(Parameter(name: "purpose", value: purpose)) }
        if let content { parameters.append(Parameter(name: "content", value: content)) }
        if let encoding { parameters.append(Parameter(name: "encoding", value: encoding)) }
        for parameter in extensions { parameters.append(parameter) }
        return (text.isToken ? text : text.quoted) + "\(parameters)"
    }
}

extension HeaderName {
    /// RFC 7433
    public static let userToUser = HeaderName("User-to-User")
}

extension SIPMessage {
    /// What the other side's application says (RFC 7433 §4); what can't be read is left out.
    public var userToUser: [UserToUser] {
        list(of: .userToUser).compactMap { try? UserToUser(parsing: $0) }
    }
}
