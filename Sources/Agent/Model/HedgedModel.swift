/// Several models as one: the next is asked when one fails before its first word or lets one wait for it; the first to
/// speak answers, and the others are given up.
public struct HedgedModel: LanguageModel {
    public let name: String
    private let models: [any LanguageModel]
    private let delay: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - first: the model that is asked first.
    ///   - others: those that are asked after it, in this order.
    ///   - delay: how long each may take for its first word before the next is asked, too.
    public init(_ first: any LanguageModel, _ others: any LanguageModel..., after delay: Duration) {
        self.init([first] + others, after: delay, sleep: { try await Task.sleep(for: $0) })
    }

    init(
        _ models: [any LanguageModel], after delay: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.models = models
        self.delay = delay
        self.sleep = sleep
        name = models.map(\.name).joined(separator: " or ")
    }

    public func respond(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        AsyncThrowingStream { sink in
            let task = Task { await race(request, sink) }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    private func race(
        _ request: ModelRequest, _ sink: AsyncThrowingStream<ModelEvent, any Error>.Continuation
    ) async {
        let (inputs, input) = AsyncStream.makeStream(of: HedgeRace.Input.self)
        var race = HedgeRace(count: models.count)
        var tasks: [Int: Task<Void, Never>] = [:]
        var clocks: [Task<Void, Never>] = []
        func perform(_ outputs: [HedgeRace.Output]) {
            for output in outputs {
                switch output {
                case .ask(let index):
                    let model = models[index]
                    tasks[index] = Task { await Self.read(model.respond(to: request), of: index, input) }
                case .wait(let index):
                    clocks.append(
                        Task { [sleep, delay] in
                            guard (try? await sleep(delay)) != nil else { return }
                            input.yield(.late(index))
                        })
                case .giveUp(let index): tasks[index]?.cancel()
                case .give(let event): sink.yield(event)
                case .finish(let error):
                    if let error { sink.finish(throwing: error) } else { sink.finish() }
                    input.finish()
                }
            }
        }
        perform(race.begin())
        for await next in inputs { perform(race.receive(next)) }
        for task in tasks.values { task.cancel() }
        for clock in clocks { clock.cancel() }
        // Does nothing when it has ended by itself.
        sink.finish(throwing: ProviderError.cancelled)
    }

    private static func read(
        _ events: AsyncThrowingStream<ModelEvent, any Error>, of index: Int,
        _ input: AsyncStream<HedgeRace.Input>.Continuation
    ) async {
        do {
            for try await event in events { input.yield(.event(index, event)) }
            input.yield(.ended(index, nil))
        } catch {
            input.yield(.ended(index, error as? ProviderError ?? .failed("\(error)")))
        }
    }
}

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
