/// What a model that leads a dialogue is told, and its bounds.
public struct ModelDialogueConfiguration: Sendable, Equatable {
    /// Who the model is and what it is to do; `{caller}`, `{caller_name}`, `{called}` and `{date}` stand for the call's.
    /// That it is on the telephone is said for it.
    public var instructions: String
    /// What is said first; the model makes it up when there is none. The same places may stand in it.
    public var greeting: String?
    /// Tokens of one answer.
    public var maximumTokens: Int
    /// How often in a row the model may ask for tools before it has to answer.
    public var maximumToolRounds: Int
    /// How long one tool may take.
    public var toolTimeout: Duration
    /// How many exchanges the model remembers; the oldest are forgotten first.
    public var maximumExchanges: Int
    /// How many octets of text it remembers.
    public var maximumHistoryOctets: Int
    /// Characters of one answer; what a model writes beyond is not said.
    public var maximumAnswer = 6_000
    /// What may be used up on one call.
    public var limits = CallLimits()

    public init(
        instructions: String, greeting: String? = nil, maximumTokens: Int = 400, maximumToolRounds: Int = 5,
        toolTimeout: Duration = .seconds(15), maximumExchanges: Int = 60, maximumHistoryOctets: Int = 48_000
    ) {
        self.instructions = instructions
        self.greeting = greeting
        self.maximumTokens = maximumTokens
        self.maximumToolRounds = maximumToolRounds
        self.toolTimeout = toolTimeout
        self.maximumExchanges = maximumExchanges
        self.maximumHistoryOctets = maximumHistoryOctets
    }
}
