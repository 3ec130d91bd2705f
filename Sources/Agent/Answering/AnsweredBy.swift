/// Who has answered a call that we placed.
public enum AnsweredBy: String, Sendable, CaseIterable, Codable {
    case human
    /// A voicemail or an answering machine.
    case machine
    /// Somebody's telephone asks who calls and why, and lets its owner decide.
    case screening
    /// A menu that wants keys.
    case menu
    case fax
    /// Nobody said anything.
    case silence
    /// It did not become clear.
    case unknown

    /// As the database has it.
    init?(column: String?) {
        guard let column, let value = AnsweredBy(rawValue: column) else { return nil }
        self = value
    }
}

/// What is done about a call of ours that no human answers.
public struct AnsweringPlan: Sendable, Equatable {
    public enum OnMachine: String, Sendable, CaseIterable {
        case hangUp = "hang_up"
        /// Says ``AnsweringPlan/voicemail`` after the beep, then hangs up.
        case leaveMessage = "leave_message"
        /// The agent talks as to anybody.
        case carryOn = "continue"
    }

    public var onMachine: OnMachine
    /// What is left on a voicemail.
    public var voicemail: String?
    /// What a telephone that screens calls is told; `nil`: the agent talks as to anybody.
    public var onScreening: String?

    public init(onMachine: OnMachine = .carryOn, voicemail: String? = nil, onScreening: String? = nil) {
        self.onMachine = onMachine
        self.voicemail = voicemail
        self.onScreening = onScreening
    }

    /// The same with what is said for one call; a message without more is to be left.
    public func changed(onMachine: OnMachine?, voicemail: String?, onScreening: String? = nil) -> AnsweringPlan {
        var plan = self
        if let voicemail {
            plan.voicemail = voicemail
            plan.onMachine = .leaveMessage
        }
        if let onMachine { plan.onMachine = onMachine }
        if let onScreening { plan.onScreening = onScreening }
        return plan
    }

    /// Whether there is something to leave where something is to be left.
    public var isWhole: Bool { onMachine != .leaveMessage || voicemail?.isEmpty == false }

    /// The same with values in the places of `{name}`.
    func filled(with values: [String: String]) -> AnsweringPlan {
        var plan = self
        plan.voicemail = voicemail.map { FlowText.fill($0, with: values) }
        plan.onScreening = onScreening.map { FlowText.fill($0, with: values) }
        return plan
    }
}
