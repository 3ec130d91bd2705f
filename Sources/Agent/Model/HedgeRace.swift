/// Which of several models answers; no task, no clock.
struct HedgeRace {
    enum Input: Sendable {
        case event(Int, ModelEvent)
        case ended(Int, ProviderError?)
        /// The model has not spoken in its time.
        case late(Int)
    }

    enum Output: Equatable {
        case ask(Int)
        /// `.late` is wanted after the delay.
        case wait(Int)
        case giveUp(Int)
        case give(ModelEvent)
        case finish(ProviderError?)
    }

    private let count: Int
    private var asked = 0
    /// What models that have not spoken yet have told besides.
    private var early: [Int: [ModelEvent]] = [:]
    private var failures: [Int: ProviderError] = [:]
    private var winner: Int?
    private var isOver = false

    init(count: Int) {
        self.count = count
    }

    mutating func begin() -> [Output] { askNext() }

    mutating func receive(_ input: Input) -> [Output] {
        guard !isOver else { return [] }
        switch input {
        case .event(let index, let event):
            if let winner { return winner == index ? [.give(event)] : [] }
            guard event.isAnswer else {
                early[index, default: []].append(event)
                return []
            }
            winner = index
            let others = (0..<asked).filter { $0 != index && failures[$0] == nil }
            return others.map { .giveUp($0) } + (early[index] ?? []).map { .give($0) } + [.give(event)]
        case .ended(let index, let error):
            if let winner { return winner == index ? finish(error) : [] }
            // One that ends without a word has failed, too.
            failures[index] = error ?? .failed("The model gave no answer.")
            if asked < count { return askNext() }
            return failures.count == count ? finish(failures[0]) : []
        case .late(let index):
            // A clock of one that has failed meanwhile is of no account: the next was asked then.
            return winner == nil && failures[index] == nil && index == asked - 1 ? askNext() : []
        }
    }

    private mutating func askNext() -> [Output] {
        guard asked < count else { return asked == 0 ? finish(.unavailable("There is no model to ask.")) : [] }
        asked += 1
        return [.ask(asked - 1)] + (asked < count ? [.wait(asked - 1)] : [])
    }

    private mutating func finish(_ error: ProviderError?) -> [Output] {
        isOver = true
        return [.finish(error)]
    }
}

extension ModelEvent {
    /// Whether the answer begins with it, or is over; being counted is no answer.
    fileprivate var isAnswer: Bool {
        switch self {
        case .text, .call, .finished: true
        case .usage: false
        }
    }
}
