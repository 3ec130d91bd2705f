/// Uses a call's tools: side by side, each within its time, and every call gets an answer.
package struct ToolRunner: Sendable {
    /// What a call of a tool came to.
    package struct Run: Sendable, Equatable {
        package var outcome: ToolOutcome
        package var actions: [DialogueAction] = []
        package var wantsReply = true
        var task: CallerTask?
        var handOver: HandOver?

        /// Whether something is to be done once everything has been said.
        var isDeferred: Bool {
            endsPart
                || actions.contains {
                    switch $0 {
                    case .sendDTMF, .hold: true
                    default: false
                    }
                }
        }

        /// Whether the call ends or goes to somebody else.
        var endsPart: Bool {
            actions.contains {
                switch $0 {
                case .hangUp, .transfer, .consult: true
                default: false
                }
            }
        }
    }

    /// How many calls at once are taken.
    private static let maximumCalls = 8
    /// Octets that the model is told.
    private static let maximumText = 8_000

    let declarations: [ToolDeclaration]
    private let tools: [String: any Tool]
    private let context: DialogueContext
    private let limit: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - tools: the first of a name counts.
    ///   - context: what they are told of the call.
    ///   - limit: how long one may take.
    package init(_ tools: [any Tool], context: DialogueContext, limit: Duration) {
        self.init(tools, context: context, limit: limit) { try await Task.sleep(for: $0) }
    }

    init(
        _ tools: [any Tool], context: DialogueContext, limit: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.tools = Dictionary(tools.map { ($0.declaration.name, $0) }, uniquingKeysWith: { first, _ in first })
        var known: Set<String> = []
        declarations = tools.map(\.declaration).filter { known.insert($0.name).inserted }
        self.context = context
        self.limit = limit
        self.sleep = sleep
    }

    /// - Returns: one run for each call, in their order.
    func run(
        _ calls: [ToolCall], onStart: @escaping @Sendable (ToolCall) -> Void,
        onEnd: @escaping @Sendable (ToolOutcome) -> Void
    ) async -> [Run] {
        for call in calls { onStart(call) }
        return await withTaskGroup(of: (Int, Run).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask {
                    let run = index < Self.maximumCalls ? await self.run(call) : Self.failed(call, "Too many at once.")
                    onEnd(run.outcome)
                    return (index, run)
                }
            }
            var runs: [Int: Run] = [:]
            for await (index, run) in group { runs[index] = run }
            return calls.enumerated().map { runs[$0] ?? Self.failed($1, ModelNotes.cancelled) }
        }
    }

    /// Uses one tool.
    package func run(_ call: ToolCall) async -> Run {
        guard !Task.isCancelled else { return Self.failed(call, ModelNotes.cancelled) }
        guard let tool = tools[call.name] else {
            let names = declarations.map(\.name).joined(separator: ", ")
            return Self.failed(call, "There is no tool of this name. There are: \(names.isEmpty ? "none" : names).")
        }
        let written = call.arguments.allSatisfy(\.isWhitespace) ? "{}" : call.arguments
        guard let arguments = try? JSONValue(parsing: written.utf8), arguments.object != nil else {
            return Self.failed(call, "The arguments are no JSON object. Call it again with valid JSON.")
        }
        let race = ToolRace()
        let (context, limit, sleep) = (context, limit, sleep)
        let work = Task {
            do {
                let result = try await tool.run(arguments, context: context)
                var run = Run(
                    outcome: ToolOutcome(call: call, text: Self.bounded(result.text), failed: false),
                    actions: result.actions, wantsReply: result.wantsReply)
                run.task = result.task
                run.handOver = result.handOver
                race.end(run)
            } catch {
                race.end(Self.failed(call, Self.bounded(String(describing: error))))
            }
        }
        let clock = Task {
            do {
                try await sleep(limit)
                race.end(Self.failed(call, "It did not come to an end within \(limit)."))
            } catch {}
        }
        // A tool that does not mind being cancelled is not waited for.
        let run = await withTaskCancellationHandler {
            await race.result()
        } onCancel: {
            race.end(Self.failed(call, ModelNotes.cancelled))
        }
        work.cancel()
        clock.cancel()
        return run
    }

    private static func failed(_ call: ToolCall, _ text: String) -> Run {
        Run(outcome: ToolOutcome(call: call, text: text, failed: true))
    }

    private static func bounded(_ text: String) -> String {
        text.utf8.count <= maximumText ? text : String(decoding: text.utf8.prefix(maximumText), as: UTF8.self) + "…"
    }
}
