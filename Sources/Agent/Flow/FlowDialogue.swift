internal import Synchronization

/// A dialogue that follows a ``Flow``: no model, no network, and it never says what is not in the file.
public struct FlowDialogue: Dialogue {
    public let flow: Flow
    private let transfers: [String: TransferDestination]

    /// - Parameters:
    ///   - flow: what is said and done.
    ///   - transfers: places by the names that its `transfer` steps may use besides addresses and numbers.
    public init(_ flow: Flow, transfers: [String: TransferDestination] = [:]) {
        self.flow = flow
        self.transfers = transfers
    }

    public var name: String { "flow: \(flow.name.isEmpty ? "unnamed" : flow.name)" }

    public var abilities: AgentAbilities { .variables }

    public func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession {
        FlowSession(FlowMachine(flow, context: context, transfers: transfers))
    }
}

private final class FlowSession: DialogueSession {
    /// The machine as it is, and as it was before the last thing said.
    private let state: Mutex<(machine: FlowMachine, before: FlowMachine)>

    init(_ machine: FlowMachine) {
        state = Mutex((machine, machine))
    }

    func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error> {
        let actions = state.withLock { state in
            state.before = state.machine
            return state.machine.receive(input)
        }
        return AsyncThrowingStream { sink in
            for action in actions { sink.yield(action) }
            sink.finish()
        }
    }

    func interrupted(heard: String) async {
        // Nothing was heard of the answer: the caller spoke on, and the whole is answered anew.
        guard heard.isEmpty else { return }
        state.withLock { $0.machine = $0.before }
    }

    func expectedPhrases() async -> [String] {
        state.withLock { $0.machine.expectedPhrases }
    }
}
