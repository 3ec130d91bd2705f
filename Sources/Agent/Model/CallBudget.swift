/// What a model may use up on one call.
public struct CallLimits: Sendable, Equatable {
    /// Calls of tools.
    public var toolCalls: Int?
    /// Tokens, read and written, as the model's service counts them.
    public var tokens: Int?
    /// What is said when something is used up.
    public var goodbye = "I am sorry, I have to end this call now. Goodbye."
    /// Where the caller is put through to then; `nil`: the call ends.
    public var transfer: String?

    public init(toolCalls: Int? = 100, tokens: Int? = 2_000_000) {
        self.toolCalls = toolCalls
        self.tokens = tokens
    }
}

/// What has been used up of ``CallLimits``. A value.
struct CallBudget: Sendable {
    private let limits: CallLimits
    private var toolCalls = 0
    private var tokens = 0
    /// No service counts further.
    private static let most = 1 << 40

    init(_ limits: CallLimits) {
        self.limits = limits
    }

    mutating func used(_ usage: ProviderUsage) {
        for count in [usage.inputTokens, usage.outputTokens] {
            tokens = min(tokens + min(max(0, count ?? 0), Self.most), Self.most)
        }
    }

    /// - Returns: whether so many more tools may be called; they count as called then.
    mutating func takes(toolCalls count: Int) -> Bool {
        guard let most = limits.toolCalls else { return true }
        guard count <= most - toolCalls else { return false }
        toolCalls += count
        return true
    }

    /// Whether the model may be asked once more.
    var hasTokens: Bool { limits.tokens.map { tokens < $0 } ?? true }
}
