import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Webhooks again, and out of order")
struct WebhookFilterTests {
    private func event(_ id: String, _ type: String = "call.speak.started", leg: String = "l1", second: Int = 0) throws
        -> WebhookEvent
    {
        let time = "2026-01-02T03:04:\(second < 10 ? "0" : "")\(second).000000Z"
        return try WebhookEvent(
            body: Array(
                #"{"data":{"event_type":"\#(type)","id":"\#(id)","occurred_at":"\#(time)","payload":{"call_leg_id":"\#(leg)"}}}"#
                    .utf8))
    }

    @Test("The same event is taken once, whatever URL and attempt it comes by")
    func duplicates() throws {
        var filter = WebhookFilter()
        #expect(try filter.receive(event("a"), now: .ms(0)) == .new)
        #expect(try filter.receive(event("a"), now: .ms(600_000)) == .duplicate)
        #expect(try filter.receive(event("b", second: 1), now: .ms(600_001)) == .new)
        // Forgotten after an hour, when no signature of it is good any more.
        #expect(try filter.receive(event("a"), now: .ms(3_600_001)) == .late)
    }

    @Test("What is older than what was taken is late, and nothing follows the end")
    func order() throws {
        var filter = WebhookFilter()
        #expect(try filter.receive(event("2", "call.answered", second: 2), now: .ms(0)) == .new)
        #expect(try filter.receive(event("1", "call.initiated", second: 1), now: .ms(5)) == .late)
        #expect(try filter.receive(event("x", "call.initiated", leg: "l2", second: 0), now: .ms(6)) == .new)
        #expect(try filter.receive(event("3", "call.speak.started", second: 2), now: .ms(7)) == .new)
        #expect(try filter.receive(event("5", "call.hangup", second: 1), now: .ms(8)) == .new)
        #expect(try filter.receive(event("4", "call.bridged", second: 3), now: .ms(9)) == .afterEnd)
        #expect(try filter.receive(event("6", "call.cost", second: 9), now: .ms(10)) == .afterEnd)
        #expect(try filter.receive(event("y", "call.answered", leg: "l2", second: 1), now: .ms(11)) == .new)
    }

    @Test("A leg that is spoken of is not forgotten, however long the call")
    func long() throws {
        var filter = WebhookFilter()
        for minute in 0..<240 {
            #expect(
                try filter.receive(event("e\(minute)", second: 30), now: .ms(Int64(minute) * 60_000)) == .new)
        }
        #expect(try filter.receive(event("h", "call.hangup", second: 31), now: .ms(240 * 60_000)) == .new)
        #expect(try filter.receive(event("late", second: 32), now: .ms(241 * 60_000)) == .afterEnd)
        #expect(filter.count < 65)
    }

    @Test("It stays within its bounds, and tells what it had to forget")
    func bounds() throws {
        var filter = WebhookFilter(capacity: 16)
        for number in 0..<1_000 {
            _ = try filter.receive(event("e\(number)", leg: "l\(number)"), now: .ms(Int64(number)))
        }
        #expect(filter.count == 16 && filter.forgotten == 984)
        #expect(try filter.receive(event("e999", leg: "l999"), now: .ms(1_001)) == .duplicate)
        #expect(WebhookFilter(memory: .zero, capacity: 0).memory == .seconds(1_200))
    }

    @Test(
        "In any order of delivery each event is taken once, and a leg ends once",
        arguments: 1...50 as ClosedRange<UInt64>)
    func shuffled(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var filter = WebhookFilter()
        let types = ["call.initiated", "call.answered", "call.speak.started", "call.speak.ended", "call.hangup"]
        var deliveries = types.indices.flatMap { [$0, $0] }
        deliveries.shuffle(using: &generator)
        var taken: [Int] = []
        var hasEnded = false
        for (step, index) in deliveries.enumerated() {
            let verdict = try filter.receive(event("e\(index)", types[index], second: index), now: .ms(Int64(step)))
            #expect((verdict == .duplicate) == taken.contains(index))
            if verdict != .duplicate { taken.append(index) }
            if verdict == .new || verdict == .late { #expect(!hasEnded) }
            if index == 4 { hasEnded = true }
        }
        #expect(taken.sorted() == [0, 1, 2, 3, 4])
    }
}
