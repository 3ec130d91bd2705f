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
