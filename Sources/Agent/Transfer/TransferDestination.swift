/// A place that callers may be put through to, and how.
public struct TransferDestination: Sendable, Equatable, ExpressibleByStringLiteral {
    public enum Kind: String, Sendable, CaseIterable {
        /// The caller's telephone is asked to call there; what becomes of it is told afterwards.
        case blind
        /// We call there while the caller hears music, and connect them when somebody answers.
        case attended
        /// The same, but whoever answers is told what it is about, and asked whether they take the caller.
        case warm
    }

    /// What counts as a yes of whoever is asked.
    public enum Acceptance: String, Sendable, CaseIterable {
        /// Key 1.
        case key
        /// That they answer at all.
        case answer
        /// Key 1, or a yes.
        case keyOrYes = "key_or_yes"
    }

    /// A SIP URI or a telephone number.
    public var target: String
    public var kind = Kind.blind
    /// How long it may ring there.
    public var ringTimeout = Duration.seconds(25)
    /// What whoever answers is told, with `{caller}`, `{summary}` and the like in it; `nil`: what the agent says of it.
    public var briefing: String?
    /// What they are asked after it; `nil`: the usual words, in English.
    public var question: String?
    public var acceptance = Acceptance.keyOrYes
    /// Further header fields of the INVITE.
    public var headers: [String: String] = [:]

    public init(_ target: String, kind: Kind = .blind) {
        self.target = target
        self.kind = kind
    }

    /// - Parameter value: where callers are put through to blindly.
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

/// Somebody is to be asked whether they take the caller.
public struct ConsultationOrder: Sendable, Equatable {
    /// The name under which the place was set up: nobody else can be called for a caller.
    public var name: String
    public var destination: TransferDestination
    /// What they are told.
    public var briefing: String

    /// Octets that may be said to somebody before they are asked.
    private static let longestBriefing = 1_500

    /// - Parameters:
    ///   - name: of the place.
    ///   - destination: the place.
    ///   - summary: what the agent says of the matter; stands for `{summary}`, and is all of the briefing where none is set
    ///     up.
    ///   - caller: their name, else their address.
    ///   - fill: puts further values into the places of a briefing that is set up.
    public init(
        to name: String, _ destination: TransferDestination, summary: String = "", caller: String,
        fill: (String) -> String = { $0 }
    ) {
        self.name = name
        self.destination = destination
        let summary = Self.plain(summary)
        let caller = Self.plain(CallerName.spoken(caller))
        let usual = summary.isEmpty ? "There is a call for you from \(caller)." : summary
        let text = destination.briefing.map { template in
            // In parts, so that nothing in what others have said is filled in.
            template.split(separator: "{summary}", omittingEmptySubsequences: false).map { part in
                part.split(separator: "{caller}", omittingEmptySubsequences: false).map { fill(String($0)) }
                    .joined(separator: caller)
            }.joined(separator: summary)
        }
        briefing = Self.plain(text ?? usual)
    }

    /// As it was made before.
    init(name: String, destination: TransferDestination, briefing: String) {
        self.name = name
        self.destination = destination
        self.briefing = briefing
    }

    private static func plain(_ text: String) -> String {
        let line = PrintableText.of(text).filter { !"{}<>".contains($0) }
        return line.utf8.count <= longestBriefing
            ? line : String(decoding: line.utf8.prefix(longestBriefing), as: UTF8.self)
    }
}

/// A caller's address as a voice can say it.
enum CallerName {
    /// `sip:+4930123@carrier.example` as `+4930123`.
    static func spoken(_ address: String) -> String {
        let lowercased = address.lowercased()
        guard let scheme = ["sips:", "sip:", "tel:"].first(where: { lowercased.hasPrefix($0) }) else { return address }
        let rest = address.dropFirst(scheme.count)
        let user = rest.prefix { $0 != "@" && $0 != ";" && $0 != "?" }
        return user.isEmpty ? String(rest) : String(user)
    }
}
