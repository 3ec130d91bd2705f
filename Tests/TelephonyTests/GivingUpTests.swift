import Telephony
import Testing

/// Callers who lose patience.
@Suite(.serialized) struct GivingUpTests {
    /// Serves one call by letting it ring until its caller has given up; tells what `answer` then says.
    private func withRinging(
        _ body: (_ callee: Endpoint, _ caller: Endpoint) async throws -> Void
    ) async throws {
        let gaveUp = Signal()
        let outcomes = Told<CallEnd>()
        try await withEndpoint { invitation in
            await invitation.ring()
            await gaveUp.wait()
            do {
                try await invitation.answer { _ -> Void in
                    Issue.record("a call was answered that nobody makes any more")
                }
            } catch CallError.ended(let end) {
                outcomes.tell(end)
            }
        } body: { callee in
            try await withEndpoint { caller in
                do {
                    try await body(callee, caller)
                } catch {
                    gaveUp.give()
                    throw error
                }
                try await caller.becomesIdle()
                try await callee.becomesIdle()
                gaveUp.give()
                #expect(try await outcomes.next().cause == .cancelled)
            }
        }
    }

    @Test(.bounded) func `a call that rings for too long is cancelled`() async throws {
        try await withRinging { callee, caller in
            var outgoing = OutgoingCall(to: try callee.uri())
            outgoing.ringTimeout = .milliseconds(300)
            let end = try await refusal {
                try await caller.call(outgoing) { _ -> Void in Issue.record("nobody answered") }
            }
            #expect(end.cause == .noAnswer)
        }
    }

    @Test(.bounded) func `a caller whose task is cancelled takes the call back`() async throws {
        try await withRinging { callee, caller in
            let progress = Told<CallProgress>()
            let target = try callee.uri()
            let calling = Task {
                try await caller.call(.init(to: target)) {
                    progress.tell($0)
                } _: { _ -> Void in
                    Issue.record("nobody answered")
                }
            }
            #expect(try await progress.next() == .provisional(status: 180, reason: "Ringing"))
            calling.cancel()
            let end = try await refusal { try await calling.value }
            #expect(end.cause == .localHangUp)
        }
    }

    @Test(.bounded) func `a caller whose task is cancelled while the call is up hangs up`() async throws {
        let ends = Told<CallEnd>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in ends.tell(try await call.end()) }
        } body: { callee in
            try await withEndpoint { caller in
                let isUp = Signal()
                let target = try callee.uri()
                let calling = Task {
                    try await caller.call(.init(to: target)) { call in
                        isUp.give()
                        for await _ in call.audio {}
                        try Task.checkCancellation()
                    }
                }
                await isUp.wait()
                calling.cancel()
                await #expect(throws: CancellationError.self) { try await calling.value }
                #expect(try await ends.next().cause == .remoteHangUp)
                try await caller.becomesIdle()
            }
            try await callee.becomesIdle()
        }
    }
}
