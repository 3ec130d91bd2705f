internal import Agent
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Keeps one call within what it may last and cost, whoever talks on it.
final class CallGuardian: Sendable {
    private struct State {
        var allowance: CallAllowance
        /// What was used up.
        var bound: CallAllowance.Bound?
    }

    private let state: Mutex<State>
    private let limits: Configuration.Limits
    private let meter: UsageMeter

    /// - Parameter meter: what the call's services count in it.
    init(_ allowance: CallAllowance, _ limits: Configuration.Limits, meter: UsageMeter) {
        state = Mutex(State(allowance: allowance))
        self.limits = limits
        self.meter = meter
    }

    /// Takes what the record of the call gets.
    func took(_ entry: CallEntry) {
        guard case .usage(let usage, _) = entry else { return }
        state.withLock { $0.allowance.used(usage) }
    }

    /// Why the call ended, when that is because something was used up.
    var explanation: String? { state.withLock { $0.bound?.sentence } }

    /// Watches over the call until it is over.
    ///
    /// - Parameters:
    ///   - farewells: where the agent is told to say goodbye.
    ///   - page: of the call.
    /// - Returns: how it ends when it does not end by itself.
    func watch(_ farewells: FarewellDesk, _ page: CallPage) async -> ConversationOutcome? {
        while let due = state.withLock({ $0.allowance.nextStep(after: .now) }) {
            try? await Task.sleep(for: due - Instant.now)
            guard !Task.isCancelled else { return nil }
            switch step() {
            case .sayGoodbye(let bound):
                page.note { .event(kind: "limit", detail: bound.sentence, at: $0) }
                await farewells.order(
                    Farewell(text: limits.goodbye, transfer: limits.transfer, reason: bound.reason))
            case .end(let bound): return ConversationOutcome(reason: bound.reason)
            case nil: break
            }
        }
        return nil
    }

    private func step() -> CallAllowance.Step? {
        let metered = meter.records
        return state.withLock { state in
            let step = state.allowance.step(metered: metered, now: .now)
            if case .sayGoodbye(let bound) = step { state.bound = bound }
            if case .end(let bound) = step { state.bound = bound }
            return step
        }
    }
}
