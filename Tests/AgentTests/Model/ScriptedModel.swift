import Agent
import Synchronization

/// Answers each request by the next of its scripts.
final class ScriptedModel: LanguageModel {
    enum Step {
        case event(ModelEvent)
        case fail(ProviderError)
        /// Nothing more until the gate is open.
        case wait(Gate)
        /// Nothing for ever.
        case hang
    }

    let name: String
    private let state: Mutex<(answers: [[Step]], requests: [ModelRequest], cancelled: Int)>

    init(name: String = "scripted model", _ answers: [[Step]]) {
        self.name = name
        state = Mutex((answers, [], 0))
    }

    var requests: [ModelRequest] { state.withLock { $0.requests } }
    /// How many answers nobody wanted to the end.
    var cancelled: Int { state.withLock { $0.cancelled } }

    func respond(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let steps = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? [.fail(.failed("There is no script."))] : state.answers.removeFirst()
        }
        return AsyncThrowingStream { sink in
            sink.onTermination = { reason in
                if case .cancelled = reason { self.state.withLock { $0.cancelled += 1 } }
            }
            Task {
                for step in steps {
                    switch step {
                    case .event(let event): sink.yield(event)
                    case .fail(let error): sink.finish(throwing: error)
                    case .wait(let gate): await gate.passes()
                    case .hang: return
                    }
                }
                sink.finish()
            }
        }
    }

    static func saying(_ pieces: String...) -> [Step] {
        pieces.map { .event(.text($0)) } + [.event(.finished(.complete))]
    }

    static func calling(_ calls: ToolCall..., saying text: String = "") -> [Step] {
        (text.isEmpty ? [] : [.event(.text(text))]) + calls.map { .event(.call($0)) } + [.event(.finished(.tools))]
    }
}

/// Holds a task back until it is opened.
final class Gate: Sendable {
    private let state = Mutex(false)

    func open() { state.withLock { $0 = true } }
    func passes() async { await until { self.state.withLock { $0 } } }
}

/// A tool of a function.
struct ScriptedTool: Tool {
    let name: String
    let body: @Sendable (JSONValue) async throws -> ToolResult

    init(_ name: String, _ body: @escaping @Sendable (JSONValue) async throws -> ToolResult) {
        self.name = name
        self.body = body
    }

    var declaration: ToolDeclaration { ToolDeclaration(name: name, text: "A tool.") }

    func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult { try await body(arguments) }
}

/// Takes the actions of a reply.
final class ActionLog: Sendable {
    private let state = Mutex<(actions: [DialogueAction], error: ProviderError?, isOver: Bool)>(([], nil, false))

    var actions: [DialogueAction] { state.withLock { $0.actions } }
    var error: ProviderError? { state.withLock { $0.error } }
    var isOver: Bool { state.withLock { $0.isOver } }
    var said: [String] { actions.compactMap { if case .say(let text) = $0 { text } else { nil } } }

    func take(_ stream: AsyncThrowingStream<DialogueAction, any Error>) -> Task<Void, Never> {
        Task {
            do {
                for try await action in stream { state.withLock { $0.actions.append(action) } }
            } catch {
                state.withLock { $0.error = error as? ProviderError }
            }
            state.withLock { $0.isOver = true }
        }
    }
}

extension DialogueSession {
    /// All of a reply in a turn that is over.
    func whole(_ input: DialogueInput) async -> ActionLog {
        let log = ActionLog()
        await log.take(reply(to: input, turn: TurnCommitment(isCommitted: true))).value
        return log
    }
}
