public import TelephonyPrimitives

/// What is asked of the DNS: a name and one of the record types that lead to a SIP server.
public struct DNSQuestion: Hashable, Sendable, CustomStringConvertible {
    /// The record types of RFC 3263, with their numbers in a message.
    public enum RecordType: UInt16, Hashable, Sendable, CaseIterable {
        case a = 1
        case aaaa = 28
        case srv = 33
        case naptr = 35

        /// The name in sentences and zone files, e.g. `SRV`.
        public var name: String {
            switch self {
            case .a: "A"
            case .aaaa: "AAAA"
            case .srv: "SRV"
            case .naptr: "NAPTR"
            }
        }
    }

    public var name: DNSName
    public var type: RecordType

    public init(_ name: DNSName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    public var description: String { "\(type.name) \(name)" }
}

/// A resource record, as far as it helps to find a SIP server.
public struct DNSRecord: Hashable, Sendable {
    /// What it says.
    public enum Content: Hashable, Sendable {
        /// An A or AAAA record.
        case address(IPAddress)
        case service(SRVRecord)
        case rule(NAPTRRecord)
        /// The name is another name for this one (CNAME).
        case alias(DNSName)
    }

    public var name: DNSName
    /// How long it may be kept, in seconds.
    public var timeToLive: UInt32
    public var content: Content

    public init(_ name: DNSName, timeToLive: UInt32, _ content: Content) {
        self.name = name
        self.timeToLive = timeToLive
        self.content = content
    }

    /// Whether it answers a question of this type.
    func answers(_ type: DNSQuestion.RecordType) -> Bool {
        switch (content, type) {
        case (.address(.v4), .a), (.address(.v6), .aaaa), (.service, .srv), (.rule, .naptr): true
        default: false
        }
    }
}

/// Where a service is offered (RFC 2782).
public struct SRVRecord: Hashable, Sendable {
    /// Lower ones are tried first.
    public var priority: UInt16
    /// The share among records of the same priority.
    public var weight: UInt16
    public var port: UInt16
    /// The host; the root says that the service is not offered.
    public var target: DNSName

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// Which transports a domain offers, in its own order (RFC 3403 §4, RFC 3263 §4.1).
public struct NAPTRRecord: Hashable, Sendable {
    /// Lower ones come first.
    public var order: UInt16
    /// Lower ones come first among those of one order.
    public var preference: UInt16
    /// `s` when the replacement has SRV records, the only kind of RFC 3263.
    public var flags: String
    /// E.g. `SIP+D2U`.
    public var service: String
    /// Empty in records of RFC 3263; others are passed over.
    public var expression: String
    public var replacement: DNSName

    public init(
        order: UInt16, preference: UInt16, flags: String, service: String, expression: String = "",
        replacement: DNSName
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.expression = expression
        self.replacement = replacement
    }
}

/// What came of a question.
public enum DNSAnswer: Hashable, Sendable {
    /// Records of the answer and the additional section, in their order.
    case found([DNSRecord])
    /// The name does not exist; known for so many seconds (RFC 2308 §5), when the answer says so.
    case noSuchName(timeToLive: UInt32?)
    /// The name has no record of this type; known for so many seconds, when the answer says so.
    case noRecord(timeToLive: UInt32?)
    /// No server gave a usable answer, and why.
    case failed(String)
    /// No server answered in time.
    case timedOut
}

/// Answers questions to the DNS. The rim has one on top of a resolver library; tests have their own.
public protocol DNSResolver: Sendable {
    /// The answer to one question. It comes within a bounded time, and never from the thread of an event loop.
    ///
    /// - Parameter question: name and type.
    /// - Returns: what was found, or that and why nothing was.
    func answer(to question: DNSQuestion) async -> DNSAnswer

    /// Gives everything back that it holds; questions that are open are answered with a failure.
    func shutdown() async
}
