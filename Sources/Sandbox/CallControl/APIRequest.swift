public import TelephonyPrimitives

/// A request to the carrier's API.
public struct APIRequest: Sendable {
    public var method: String
    /// Path and query, as they came.
    public var target: String
    /// The field `Authorization`.
    public var authorization: String?
    public var body: [UInt8]

    /// - Parameters:
    ///   - method: in capitals.
    ///   - target: path and query, as they came.
    ///   - authorization: the field `Authorization`.
    ///   - body: its octets.
    public init(_ method: String, _ target: String, authorization: String? = nil, body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.authorization = authorization
        self.body = body
    }

    /// The parts of the path, unescaped.
    var path: [String] {
        target.prefix { $0 != "?" }.split(separator: "/").map { Self.unescaped($0) }
    }

    /// The members of the query; of several of a name the first.
    var query: [String: String] {
        var members: [String: String] = [:]
        let text = target.drop { $0 != "?" }.dropFirst()
        for part in text.split(separator: "&").prefix(64) {
            let name = part.prefix { $0 != "=" }
            let key = Self.unescaped(name)
            if members[key] == nil { members[key] = Self.unescaped(part.dropFirst(name.count + 1)) }
        }
        return members
    }

    private static func unescaped(_ text: Substring) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if octet == 0x25, digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet == 0x2B ? 0x20 : octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

/// What the API answers.
public struct APIResponse: Sendable, Hashable {
    public var status: Int
    /// Header fields beyond Content-Type and Content-Length.
    public var headers: [String: String]
    public var body: JSONValue

    /// - Parameters:
    ///   - status: of HTTP.
    ///   - body: what it says.
    ///   - headers: fields beyond Content-Type and Content-Length.
    public init(_ status: Int, _ body: JSONValue, headers: [String: String] = [:]) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    static let done = APIResponse(200, ["data": ["result": "ok"]])
}
