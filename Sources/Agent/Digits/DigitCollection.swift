/// Digits that a caller is to type: how many, how they end, how long they are waited for, and who may see them.
public struct DigitCollection: Sendable, Hashable {
    /// What they are, as the model knows it and as `{name}` stands for them, e.g. `card`.
    public var name: String
    public var minimum: Int
    public var maximum: Int
    /// The key that ends them; `nil`: only their number and the time do.
    public var terminator: Character?
    /// How long the first key is waited for once the question has been said.
    public var firstTimeout: Duration
    /// How long each further key is waited for.
    public var nextTimeout: Duration
    /// How often the question is asked again.
    public var retries: Int
    /// Whether nobody is to see them: not the model, the record, the log or the application that is told of the call.
    public var isSecret: Bool
    /// What is said to ask for them; each time anew.
    public var question = ""

    public init(
        name: String, minimum: Int = 1, maximum: Int = 20, terminator: Character? = "#",
        firstTimeout: Duration = .seconds(10), nextTimeout: Duration = .seconds(4), retries: Int = 2,
        isSecret: Bool = false
    ) {
        self.name = name
        self.minimum = max(1, minimum)
        self.maximum = max(self.minimum, min(maximum, Self.most))
        self.terminator = terminator
        self.firstTimeout = firstTimeout
        self.nextTimeout = nextTimeout
        self.retries = max(0, retries)
        self.isSecret = isSecret
    }

    /// Digits that can be asked for at once.
    public static let most = 32
}

/// What came of asking for digits.
public struct DigitAnswer: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    public var collection: DigitCollection
    /// `nil` when too few came, however often they were asked for.
    public var digits: String?

    public init(_ collection: DigitCollection, digits: String?) {
        self.collection = collection
        self.digits = digits
    }

    /// What may be shown of them: a secret as dots, with the last two of at least six digits.
    public var shown: String? {
        guard let digits, collection.isSecret else { return digits }
        let open = digits.count >= 6 ? 2 : 0
        return String(repeating: "•", count: digits.count - open) + digits.suffix(open)
    }

    public var description: String { "\(collection.name): \(shown ?? "nothing")" }
    public var debugDescription: String { description }
}
