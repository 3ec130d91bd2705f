internal import TelephonyPrimitives

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

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) { self = try NameAddress.read(octets) }

    /// What `init(_:)` makes. A function, because an initialiser that may fail copies what it has made.
    static func read(_ octets: ArraySlice<UInt8>) throws(ParseError) -> NameAddress {
        var cursor = OctetCursor(0..<octets.count, section: Self.section)
        let head = try NameAddressHead(octets.span, &cursor)
        let uri = try URI.read(octets.part(head.uri))
        let parameters = try Parameters(octets, &cursor)
        try cursor.finish("The address", octets.span)
        return NameAddress(
            displayName: head.name.place.isEmpty ? nil : octets.text(head.name), uri: uri, parameters: parameters)
    }

    /// Whether it can be read, without reading it.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        var cursor = OctetCursor(place, section: section)
        try URI.check(octets, NameAddressHead(octets, &cursor).uri)
        try cursor.skipParameters(octets)
        try cursor.finish("The address", octets)
    }

    static let section: StaticString = "RFC 3261 §20.10"

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

/// Where the name for people and the URI of an address are.
struct NameAddressHead {
    let name: QuotedPlace
    let uri: Range<Int>

    /// Leaves the cursor before the parameters.
    init(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        cursor.skipBlanks(octets)
        let start = cursor.position
        if cursor.next(octets) == 0x22 {
            name = try cursor.quoted("The display name", octets)
            guard cursor.take(0x3C, octets) else { throw cursor.error("No <URI> follows the display name") }
            uri = try cursor.bracketed("The URI", octets)
            return
        }
        let words = octets.trimmed(cursor.place(octets) { $0 != 0x3C && $0 != 0x3B })
        if cursor.take(0x3C, octets) {
            name = QuotedPlace(place: words, hasEscapes: false)
            uri = try cursor.bracketed("The URI", octets)
            return
        }
        guard octets.firstPlace(of: 0x3C, from: cursor.position, to: cursor.end) == nil else {
            throw cursor.error("A ; stands before the <URI>")
        }
        // Without brackets everything from the first semicolon on belongs to the header (RFC 3261 §20).
        for place in words where octets[place] == 0x3F || octets[place] == 0x2C {
            throw cursor.error("A URI with ? or , has to stand between < and >")
        }
        uri = words
        name = QuotedPlace(place: start..<start, hasEscapes: false)
    }

    /// The value of the first parameter `tag` that follows; `nil` without one.
    ///
    /// - Throws: when what follows is no list of parameters.
    static func tag(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) -> QuotedPlace? {
        var cursor = OctetCursor(place, section: NameAddress.section)
        _ = try NameAddressHead(octets, &cursor)
        var count = 0
        while let parameter = try cursor.nextParameter(after: count, octets) {
            count &+= 1
            guard octets.shortName(parameter.name) == ShortName.tag else { continue }
            switch parameter.value {
            case .none:
                return QuotedPlace(place: parameter.name.upperBound..<parameter.name.upperBound, hasEscapes: false)
            case .plain(let place): return QuotedPlace(place: place, hasEscapes: false)
            case .quoted(let quoted): return quoted
            }
        }
        return nil
    }
}

/// The value of Contact (RFC 3261 §20.10).
public enum ContactList: Hashable, Sendable {
    /// `*`: all bindings, in a REGISTER that removes them.
    case star
    case addresses([NameAddress])

    static let starNotAlone = ParseError(
        offset: 0, section: "RFC 3261 §20.10", message: "The Contact * does not stand alone")
}
