/// Many calls of ours that belong together, as the database has them.
public struct StoredCampaign: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case running, paused, cancelled, done
    }

    /// The campaign of calls that agents have promised.
    public static let callbacks = "callbacks"

    public var id: String
    public var name: String
    public var state: State
    /// Why it does not run, where nobody has asked for that.
    public var reason: String?
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var limits: CampaignLimits
    /// What the agent is told on its calls.
    public var brief: CampaignBrief

    public init(
        id: String, name: String, state: State = .running, reason: String? = nil, createdAt: Int64,
        limits: CampaignLimits = CampaignLimits(), brief: CampaignBrief = CampaignBrief()
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.reason = reason
        self.createdAt = createdAt
        self.limits = limits
        self.brief = brief
    }
}

/// What a campaign's calls have in common.
public struct CampaignBrief: Sendable, Equatable, Codable {
    public var from: String?
    public var instructions: String?
    /// As ``AnsweringPlan/OnMachine``.
    public var onMachine: String?
    public var voicemail: String?

    public init(
        from: String? = nil, instructions: String? = nil, onMachine: String? = nil, voicemail: String? = nil
    ) {
        self.from = from
        self.instructions = instructions
        self.onMachine = onMachine
        self.voicemail = voicemail
    }
}

/// Within what a campaign calls.
public struct CampaignLimits: Sendable, Equatable, Codable {
    /// Calls at once.
    public var concurrency = 1
    /// Calls that are begun within a minute, evenly.
    public var perMinute = 10
    /// Calls within any hour and any day; `nil`: as many as the rest allows.
    public var perHour: Int?
    public var perDay: Int?
    /// In millionths of a unit of money; `nil`: whatever it costs.
    public var spend: Int64?
    /// What a begun minute costs, in the same.
    public var costPerMinute: Int64 = 0
    /// Minutes that a call which is up is taken to last, against ``spend``.
    public var minutesPerCall = 3
    /// When nobody is called, minutes after midnight where the other side is. The same twice: at no time.
    public var quietFrom = 21 * 60
    public var quietUntil = 8 * 60
    /// The time zone of numbers of which it is not known.
    public var timezone = "UTC"
    public var maximumAttempts = 3
    /// Seconds until a number is tried again that was busy, did not answer, or was answered by a machine.
    public var retryBusy = 600
    public var retryNoAnswer = 3_600
    public var retryMachine = 14_400

    public init() {}
}

/// A number that a campaign calls.
public struct CampaignTarget: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable {
        case waiting, calling, done
    }

    /// Unique over all campaigns.
    public var number: Int64
    /// In the one form in which numbers are compared.
    public var to: String
    public var variables: [String: String]
    public var timezone: String?
    /// The higher the sooner.
    public var priority: Int
    public var state: State
    public var attempts: Int
    /// Not before then, milliseconds since 1970.
    public var dueAt: Int64
    public var outcome: CampaignOutcome?
    /// The last call.
    public var call: String?

    public init(
        number: Int64 = 0, to: String, variables: [String: String] = [:], timezone: String? = nil, priority: Int = 0,
        state: State = .waiting, attempts: Int = 0, dueAt: Int64 = 0, outcome: CampaignOutcome? = nil,
        call: String? = nil
    ) {
        self.number = number
        self.to = to
        self.variables = variables
        self.timezone = timezone
        self.priority = priority
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.outcome = outcome
        self.call = call
    }
}

/// What came of the last call to a number.
public enum CampaignOutcome: String, Sendable, Codable, CaseIterable {
    /// Somebody answered; it did not become clear who.
    case human, answered
    /// A machine, on which nothing was left.
    case machine
    case voicemail, screening, fax
    case busy, noAnswer, declined
    /// The way there failed, not the number.
    case unreachable
    case failed
    /// The server stopped in mid-call: it is not known whether anybody was reached.
    case interrupted
    case doNotCall, notAllowed, cancelled

    /// Whether a person or a message got through.
    public var isReached: Bool { self == .human || self == .answered || self == .voicemail }
}

/// How far a campaign is.
public struct CampaignProgress: Sendable, Equatable, Codable {
    public var total = 0
    public var waiting = 0
    public var calling = 0
    public var done = 0
    /// Of those that are done, by what came of them.
    public var outcomes: [String: Int] = [:]
    public var attempts = 0
    /// In millionths of a unit of money.
    public var spent: Int64 = 0

    public init() {}
}
