import SIPCore
import Telephony
import Testing

/// An endpoint that plays a part, and takes a REFER as done.
@Suite(.serialized) struct ReferralTests {
    @Test(.bounded, arguments: [true, false])
    func `a caller that is asked to call somebody else takes it, or not`(_ isTaken: Bool) async throws {
        let outcomes = Told<CallError?>()
        let targets = Told<String>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                do throws(CallError) {
                    try await call.transfer(to: "sip:desk@example.com;user=phone")
                    outcomes.tell(nil)
                } catch {
                    outcomes.tell(error)
                }
            }
        } body: { callee in
            try await withEndpoint(
                change: { configuration in
                    configuration.onReferral = { target in
                        targets.tell(target)
                        return isTaken
                    }
                },
                body: { caller in
                    try await caller.call(.init(to: callee.uri())) { call in
                        #expect(try await targets.next() == "sip:desk@example.com;user=phone")
                        let failure = try await outcomes.next()
                        #expect(failure == (isTaken ? nil : .refused(status: 603, reason: "Decline")))
                    }
                })
        }
    }
}
