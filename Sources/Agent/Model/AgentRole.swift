/// One of several agents that share a call, of which each has instructions, tools and perhaps a model of its own.
public struct AgentRole: Sendable {
    /// The agent that begins has this name.
    public static let first = "main"

    public var name: String
    /// What it is for, so that others know when to hand over to it.
    public var text: String
    public var instructions: String
    /// What it says when it takes over; the model makes it up when there is none.
    public var greeting: String?
    /// `nil`: that of the first agent.
    public var model: (any LanguageModel)?
    /// The names of the tools that it may use; `nil`: all.
    public var tools: Set<String>?
    /// Those that it may hand over to; `nil`: all.
    public var handsOverTo: [String]?
    /// Whether it is told all that was said, or the summary alone.
    public var knowsHistory: Bool

    public init(
        name: String, text: String = "", instructions: String, greeting: String? = nil,
        model: (any LanguageModel)? = nil, tools: Set<String>? = nil, handsOverTo: [String]? = nil,
        knowsHistory: Bool = true
    ) {
        self.name = name
        self.text = text
        self.instructions = instructions
        self.greeting = greeting
        self.model = model
        self.tools = tools
        self.handsOverTo = handsOverTo
        self.knowsHistory = knowsHistory
    }
}

/// An agent on one call.
struct CallRole: Sendable {
    var name: String
    var model: any LanguageModel
    var instructions: String
    var greeting: String?
    var tools: ToolRunner
    var knowsHistory = true
}
