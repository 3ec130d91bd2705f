/// What a supervisor does on a call.
public enum SupervisionMode: String, Sendable, CaseIterable {
    /// Hears both sides, and is heard by nobody.
    case listen
    /// The same, and what the supervisor says is told to the agent's model; the caller hears none of it.
    case whisper
    /// Talks with the caller in the agent's place.
    case takeover
}

/// Somebody is to be called who listens to a call.
public struct SupervisionOrder: Sendable, Equatable {
    /// The SIP URI to call.
    public var target: String
    /// The same as it was asked for, for the record.
    public var name: String
    public var mode: SupervisionMode
    /// Who wants it, for the record, e.g. `token 2`.
    public var by: String
    /// How long it may ring there.
    public var ringTimeout = Duration.seconds(25)

    public init(to target: String, named name: String, mode: SupervisionMode, by: String) {
        self.target = target
        self.name = name
        self.mode = mode
        self.by = by
    }
}

/// Why something a supervisor wants is not done.
public enum SupervisionRefusal: Error, Sendable, Equatable {
    /// The agent has no model that could heed what it is told.
    case noNotes
    /// The agent has no ears of its own that could make out what the supervisor says.
    case noHearing
    /// The conversation has not begun, or is over.
    case noConversation
    /// There is a supervisor already.
    case isSupervised
    /// There is none.
    case notSupervised
    /// The caller is being put through, or is with somebody else.
    case transferring
    /// The agent has ended its part: there is nobody to give the call back to.
    case agentGone
    /// From here nobody can be called.
    case noLine
}

/// What a supervisor lets a model know; the caller hears none of it.
public enum SupervisorNote: Sendable, Equatable {
    case advice(String)
    /// A supervisor has talked with the caller, and now the agent does again.
    case givenBack

    /// Characters of one piece of advice.
    public static let longestAdvice = 1_000

    /// What a supervisor wrote or said, on one line and within bounds: only our own notes to a model stand in brackets.
    static func advice(of text: String) -> SupervisorNote {
        let line = PrintableText.of(text).map { "()[]".contains($0) ? " " : $0 }
        let words = String(line).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return .advice(String(String.UnicodeScalarView(words.unicodeScalars.prefix(longestAdvice))))
    }
}

/// The kinds of events by which a call's record tells of supervisors.
package enum SupervisionRecord {
    /// Somebody is called who is to listen.
    static let ordered = "supervision"
    static let rings = "supervisor rings"
    static let listens = "supervisor listens"
    static let whispers = "supervisor whispers"
    static let tookOver = "supervisor took over"
    static let gaveBack = "supervisor gave back"
    static let note = "supervisor note"
    static let refused = "supervisor refused"
    static let over = "supervision over"
    /// Somebody listens without a telephone.
    static let listening = "listening"
    static let listeningOver = "listening over"

    /// What the supervisor of a call does, as its record tells; `nil` for none.
    ///
    /// - Parameters:
    ///   - kind: of the event that was recorded last.
    ///   - before: what it was before that.
    package static func mode(after kind: String, before: SupervisionMode?) -> SupervisionMode? {
        switch kind {
        case listens, gaveBack: .listen
        case whispers: .whisper
        case tookOver: .takeover
        case over: nil
        default: before
        }
    }

    static func kind(of mode: SupervisionMode) -> String {
        switch mode {
        case .listen: listens
        case .whisper: whispers
        case .takeover: tookOver
        }
    }
}
