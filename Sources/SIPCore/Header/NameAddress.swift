/// A URI with a name for people and parameters: the value of From, To, Contact, Route and their like
/// (RFC 3261 §20.10, §25.1 `name-addr`, `addr-spec`).
public struct NameAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without quotes and backslashes.
    public var displayName: String?
    public var uri: URI
    /// What follows the URI; not its own parameters.
    public var parameters: Parameters

    public init(displayName: String? = nil, uri: URI, parameters: Parameters = Parameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3261 §20.10")
        scanner.skipBlanks()
        if scanner.next == 0x22 {
            let name = try scanner.quotedString("The display name")
            guard scanner.take(0x3C) else { throw scanner.error("No <URI> follows the display name") }
            displayName = name.isEmpty ? nil : name
            uri = try NameAddress.uri(scanner.bracketed("The URI"))
        } else if scanner.octets.has(0x3C) {
            let name = scanner.run { $0 != 0x3C && $0 != 0x3B }.trimmed
            guard scanner.take(0x3C) else { throw scanner.error("A ; stands before the <URI>") }
            displayName = name.isEmpty ? nil : name.asText
            uri = try NameAddress.uri(scanner.bracketed("The URI"))
        } else {
            // Without brackets everything from the first semicolon on belongs to the header (RFC 3261 §20).
            let address = scanner.run { $0 != 0x3B }.trimmed
            guard !address.has(0x3F), !address.has(0x2C) else {
                throw scanner.error("A URI with ? or , has to stand between < and >")
            }
            displayName = nil
            uri = try NameAddress.uri(address)
        }
        parameters = try scanner.parameters()
        try scanner.finish("The address")
    }

    private static func uri(_ octets: ArraySlice<UInt8>) throws(ParseError) -> URI {
        try URI(octets)
    }

    /// The dialog tag (RFC 3261 §19.3).
    public var tag: Tag? {
        get { parameters.value(of: "tag").map { Tag($0) } }
        set {
            if let newValue { parameters.set("tag", to: newValue.text) } else { parameters.remove("tag") }
        }
    }

    public var description: String {
        let name = displayName.map { "\($0.quoted) " } ?? ""
        return "\(name)<\(uri)>\(parameters)"
    }
}

/// The value of Contact (RFC 3261 §20.10).
public enum ContactList: Hashable, Sendable {
    /// `*`: all bindings, in a REGISTER that removes them.
    case star
    case addresses([NameAddress])
}
