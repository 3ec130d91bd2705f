/// One target that a request was sent to on its way (RFC 7044 §5, §10).
public struct HistoryEntry: Hashable, Sendable, CustomStringConvertible {
    /// How the target came about, and the index of the entry that it came from.
    public enum Mapping: Hashable, Sendable {
        /// `rc`: another address of the same user.
        case registered(from: Index)
        /// `mp`: another user.
        case mapped(from: Index)
        /// `np`: the target was not changed.
        case unchanged(from: Index)
    }

    /// A place in the tree of targets, e.g. `1.2.1`.
    public struct Index: Hashable, Sendable, Comparable, CustomStringConvertible {
        public let numbers: [Int]

        /// `nil` unless the text is made of numbers with dots between them, 32 at most.
        public init?(_ text: String) {
            let parts = Array(text.utf8).split(separator: 0x2E, omittingEmptySubsequences: false)
            guard parts.count <= 32 else { return nil }
            var numbers: [Int] = []
            for part in parts {
                guard let number = part.decimal else { return nil }
                numbers.append(number)
            }
            self.numbers = numbers
        }

        public static func < (one: Index, other: Index) -> Bool {
            one.numbers.lexicographicallyPrecedes(other.numbers)
        }

        public var description: String { numbers.map(String.init).joined(separator: ".") }
    }

    /// The target, with the parameters of the header.
    public var address: NameAddress

    /// Reads one value of the header.
    public init(parsing text: String) throws(ParseError) {
        address = try NameAddress(parsing: text)
    }

    /// The target without what the entry itself says in the headers of its URI.
    public var uri: URI {
        guard var sip = address.uri.sip else { return address.uri }
        sip.headers = []
        return .sip(sip)
    }

    /// `nil` when it is missing or broken.
    public var index: Index? { address.parameters.value(of: "index").flatMap { Index($0) } }

    /// `nil` in entries of RFC 4244, which has no such thing.
    public var mapping: Mapping? {
        func index(_ name: String) -> Index? { address.parameters.value(of: name).flatMap { Index($0) } }
        if let from = index("rc") { return .registered(from: from) }
        if let from = index("mp") { return .mapped(from: from) }
        return index("np").map { .unchanged(from: $0) }
    }

    /// Why the request did not stay with this target (RFC 7044 §10.2).
    public var reasons: [Reason] {
        embedded("Reason").flatMap { ListSplitter.split($0) }.compactMap { try? Reason(parsing: $0) }
    }

    /// How far the target is to stay unknown (RFC 7044 §10.1).
    public var privacy: Privacy {
        Privacy(embedded("Privacy").flatMap { (try? Privacy(parsing: $0))?.values ?? [.history] })
    }

    /// Headers in the URI, behind its question mark.
    private func embedded(_ name: String) -> [String] {
        guard let headers = address.uri.sip?.headers else { return [] }
        return headers.filter { $0.name.utf8.isEqual(ignoringCase: name) }.map { PercentCoding.decode($0.value) }
    }

    public var description: String { address.description }
}

extension SIPMessage {
    /// The targets that the request had so far, the first one first (RFC 7044 §5); what can't be read is left out. To
    /// be believed only from a peer in the trust domain: a user agent takes it out of all other requests.
    public var history: [HistoryEntry] {
        list(of: .historyInfo).compactMap { try? HistoryEntry(parsing: $0) }
    }
}
