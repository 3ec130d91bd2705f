/// `name`, `name=value` or `name="value"` behind a semicolon.
public struct Parameter: Hashable, Sendable, CustomStringConvertible {
    public var name: String
    /// Without quotes and backslashes; `nil` for a parameter without value.
    public var value: String?
    private let isQuoted: Bool

    public init(name: String, value: String? = nil) {
        self.name = name
        self.value = value
        isQuoted = false
    }

    init(name: String, quoted value: String) {
        self.name = name
        self.value = value
        isQuoted = true
    }

    /// - Parameter octets: a name; the names that are seen most are told at a glance.
    static func name(_ octets: ArraySlice<UInt8>) -> String {
        var word: UInt64 = 0
        for octet in octets.prefix(8) { word = word << 8 | UInt64(octet) }
        return switch (octets.count, word) {
        case (2, 0x6C72): "lr"
        case (2, 0x6F62): "ob"
        case (4, 0x7573_6572): "user"
        case (3, 0x74_6167): "tag"
        case (5, 0x72_706F_7274): "rport"
        case (6, 0x6272_616E_6368): "branch"
        case (8, 0x7265_6365_6976_6564): "received"
        case (9, 0x7472_616E_7370_6F72) where octets.last == 0x74: "transport"
        default: octets.asText
        }
    }

    public var description: String {
        guard let value else { return name }
        // A value that was quoted, or that could end the parameter early, is quoted.
        let needsQuotes =
            isQuoted || value.utf8.contains { $0 <= 0x20 || $0 == 0x22 || $0 == 0x2C || $0 == 0x3B || $0 == 0x7F }
        return "\(name)=\(needsQuotes || value.isEmpty ? value.quoted : value)"
    }
}

/// The parameters of a header value or URI in the order in which they were written. Names do not depend on case.
public struct Parameters: Hashable, Sendable, RandomAccessCollection, CustomStringConvertible {
    private var items: [Parameter] = []

    public init(_ items: [Parameter] = []) {
        self.items = items
    }

    /// What the cursor finds from where it is to the end: `*(;name[=value])`.
    init(_ octets: ArraySlice<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        guard !cursor.isAtEnd else { return }
        let span = octets.span
        while let found = try cursor.nextParameter(after: items.count, span) {
            if items.isEmpty { items.reserveCapacity(3) }
            let name = Parameter.name(octets.part(found.name))
            switch found.value {
            case .none: items.append(Parameter(name: name))
            case .plain(let value): items.append(Parameter(name: name, value: octets.part(value).asText))
            case .quoted(let value): items.append(Parameter(name: name, quoted: octets.text(value)))
            }
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { items.count }
    public subscript(position: Int) -> Parameter { items[position] }

    public func has(_ name: String) -> Bool {
        items.contains { $0.name.utf8.isEqual(ignoringCase: name) }
    }

    /// The value of the first parameter of that name; `nil` too when it has none: see ``has(_:)``.
    public func value(of name: String) -> String? {
        items.first { $0.name.utf8.isEqual(ignoringCase: name) }?.value
    }

    mutating func reserveCapacity(_ count: Int) { items.reserveCapacity(count) }

    public mutating func append(_ parameter: Parameter) {
        items.append(parameter)
    }

    /// Gives the parameter `name` this value, in its old place or at the end.
    public mutating func set(_ name: String, to value: String?) {
        if let index = items.firstIndex(where: { $0.name.utf8.isEqual(ignoringCase: name) }) {
            items[index] = Parameter(name: items[index].name, value: value)
        } else {
            items.append(Parameter(name: name, value: value))
        }
    }

    public mutating func remove(_ name: String) {
        items.removeAll { $0.name.utf8.isEqual(ignoringCase: name) }
    }

    /// Each with its semicolon in front.
    public var description: String { items.map { ";\($0)" }.joined() }
}
