internal import WebSockets

/// The request that opens a connection, as a service sees it.
struct SocketRequest: Sendable {
    var path: String
    /// In order; a name may come more than once.
    var query: [(name: String, value: String)]
    var headers: [WebSocketHeaderField]

    func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
    func header(_ name: String) -> String? { headers.first(name) }
}

/// What a service does about a message.
enum Reaction: Sendable {
    case send(String)
    case sendOctets([UInt8])
    /// Says the same for ever, as fast as it is taken.
    case sendForEver(String)
    case close(UInt16, String)
    /// Breaks the connection without a word.
    case cut
    case violation(String)
}

/// How a service treats one connection: what it refuses, and what it answers.
protocol SocketRules: Sendable {
    mutating func opened() -> [Reaction]
    mutating func received(_ text: String) -> [Reaction]
    mutating func received(_ octets: [UInt8]) -> [Reaction]
}

extension SocketRules {
    mutating func opened() -> [Reaction] { [] }
}
