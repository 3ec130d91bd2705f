import SIPCore
import Testing

@testable import Telephony

/// Handlers that go on after their call.
struct HandlerBacklogTests {
    @Test("Only those count whose call is over and whose handler is not")
    func counting() {
        var backlog = HandlerBacklog()
        let (first, second, third) = (SessionID(1), SessionID(2), SessionID(3))
        backlog.began(first)
        backlog.began(second)
        #expect(backlog.overdue == 0)
        backlog.ended(first)
        // A call of ours has no handler.
        backlog.ended(third)
        #expect(backlog.overdue == 1)
        backlog.ended(first)
        #expect(backlog.overdue == 1)
        backlog.handled(first)
        backlog.handled(second)
        backlog.ended(second)
        #expect(backlog.overdue == 0)
    }
}
