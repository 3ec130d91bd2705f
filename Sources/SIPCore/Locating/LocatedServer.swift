public import TelephonyPrimitives

/// One server that a request can be sent to: a transport, an address, and who it has to prove to be.
public struct LocatedServer: Hashable, Sendable, CustomStringConvertible {
    public var transport: TransportProtocol
    public var address: TransportAddress
    /// The name that the server's certificate has to carry: the domain that was asked for, never the target of a SRV
    /// record, which whoever forges DNS answers could choose (RFC 5922 §4). An IP literal when that was asked for.
    public var name: String

    public init(transport: TransportProtocol, address: TransportAddress, name: String) {
        self.transport = transport
        self.address = address
        self.name = name
    }

    public var description: String { "\(transport.rawValue):\(address)" }
}

/// The kinds of addresses.
public enum AddressFamily: Hashable, Sendable, CaseIterable {
    case v4, v6

    /// The record type that holds addresses of this kind.
    var recordType: DNSQuestion.RecordType { self == .v4 ? .a : .aaaa }
}

extension IPAddress {
    /// Its kind.
    package var family: AddressFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }
}

/// What a user agent can use, and what it would rather use.
public struct LocatingPreferences: Hashable, Sendable {
    /// The transports that it has, the most wanted first. The order decides where the peer's domain has no NAPTR
    /// records and so no wish of its own.
    public var transports: [TransportProtocol]
    /// The kinds of addresses that it can reach, the most wanted first (RFC 7984 §4).
    public var families: [AddressFamily]

    public init(
        transports: [TransportProtocol] = [.udp, .tcp, .tls], families: [AddressFamily] = [.v4]
    ) {
        self.transports = transports
        self.families = families
    }
}

/// Why no server was found.
public enum LocatingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the URI names is neither an address nor a host name.
    case badName(String)
    /// None of our transports may carry the request: a `sips` URI takes nothing but TLS.
    case noTransport(host: String, isSecure: Bool)
    /// The domain says that it has no such service (a SRV record with the target ".").
    case notOffered(host: String)
    /// Nothing that was asked for exists.
    case notFound(host: String, lookedFor: [DNSQuestion])
    /// The DNS gave no answer to some of the questions, so that nobody knows.
    case unanswered(host: String, lookedFor: [DNSQuestion], reason: String)

    public var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' is no host name and no address"
        case .noTransport(let host, let isSecure):
            isSecure
                ? "\(host) has to be reached over TLS, and no transport that may be taken for it offers that"
                : "\(host) offers no transport that may be taken for it"
        case .notOffered(let host):
            "\(host) says in the DNS that it offers no SIP service"
        case .notFound(let host, let questions):
            "\(host) has no address: looked for \(Self.list(questions))"
        case .unanswered(let host, let questions, let reason):
            "\(host) could not be looked up, \(reason): looked for \(Self.list(questions))"
        }
    }

    private static func list(_ questions: [DNSQuestion]) -> String {
        let shown = questions.prefix(8).map(\.description).joined(separator: ", ")
        return questions.count > 8 ? "\(shown) and \(questions.count - 8) more" : shown
    }
}
