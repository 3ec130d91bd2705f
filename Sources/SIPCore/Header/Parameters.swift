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
