import Telephony
import TelephonyPrimitives
import Testing

/// By which trunk a call goes, and when the next one is tried, in virtual time.
@Suite("The way of a call through the trunks")
struct TrunkCourseTests {
    private static let unavailable = CallEnd(cause: .rejected, status: 503, explanation: "503")
    private static let unreachable = CallEnd(cause: .unreachable, explanation: "no way")

    @Test(
        "The longest beginning decides",
        arguments: [
            ("+4930123", [2]), ("+4989123", [1, 0]), ("+12025550131", [0]), ("911", [0]), ("+49", [1, 0]),
        ])
    func routes(number: String, trunks: [Int]) {
        let routes = TrunkRoutes(["": [0], "+49": [1, 0], "+4930": [2, 7]], count: 3)
        #expect(routes.trunks(to: number) == trunks)
        #expect(TrunkRoutes(["+49": [0]], count: 1).trunks(to: "+1202") == [])
        #expect(TrunkRoutes(count: 2).trunks(to: number) == [0, 1])
    }

    @Test(
        "The next trunk is tried when the first one fails, and never when somebody has decided",
        arguments: [
            (CallEnd(cause: .rejected, status: 503, explanation: ""), true),
            (CallEnd(cause: .rejected, status: 408, explanation: ""), true),
            (CallEnd(cause: .rejected, status: 502, explanation: ""), true),
            (CallEnd(cause: .rejected, status: 504, explanation: ""), true),
            (CallEnd(cause: .unreachable, status: 503, explanation: ""), true),
            (CallEnd(cause: .unreachable, explanation: ""), true),
            (CallEnd(cause: .noAnswer, status: 408, explanation: ""), true),
            (CallEnd(cause: .noAnswer, explanation: "rang for too long"), false),
            (CallEnd(cause: .rejected, status: 486, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 600, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 603, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 403, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 404, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 480, explanation: ""), false),
            (CallEnd(cause: .rejected, status: 488, explanation: ""), false),
            (CallEnd(cause: .localHangUp, explanation: ""), false),
            (CallEnd(cause: .remoteHangUp, explanation: ""), false),
            (CallEnd(cause: .failed, explanation: ""), false),
        ])
    func failures(end: CallEnd, goesOn: Bool) {
        var ledger = TrunkLedger(callsPerSecond: [20, 20])
        var course = TrunkCourse(trunks: [0, 1])
        #expect(course.begin(&ledger, now: .zero) == .place(trunk: 0, at: .zero))
        #expect(course.failed(end, &ledger, now: .zero) == (goesOn ? .place(trunk: 1, at: .zero) : .end))
        #expect(course.failed(Self.unavailable, &ledger, now: .zero) == .end)
    }

    @Test(
        "Once it rings it is not placed again; an announcement alone does not count",
        arguments: [180, 181, 182, 183, 100])
    func ringing(status: Int) {
        var ledger = TrunkLedger(callsPerSecond: [20, 20])
        var course = TrunkCourse(trunks: [0, 1])
        _ = course.begin(&ledger, now: .zero)
        course.progressed(status: status, &ledger)
        let step = course.failed(Self.unavailable, &ledger, now: .zero)
        #expect(step == ([183, 100].contains(status) ? .place(trunk: 1, at: .zero) : .end))
    }

    @Test("A call that was answered stays where it is, however it ends")
    func answered() {
        var ledger = TrunkLedger(callsPerSecond: [20, 20])
        var course = TrunkCourse(trunks: [0, 1])
        _ = course.begin(&ledger, now: .zero)
        course.answered(&ledger)
        #expect(course.failed(Self.unreachable, &ledger, now: .zero) == .end)
    }

    @Test("A trunk that could not be reached is left for last for half a minute; one that has no room is not")
    func rest() {
        var ledger = TrunkLedger(callsPerSecond: [20, 20])
        func first(at now: Instant) -> TrunkCourse.Step {
            var course = TrunkCourse(trunks: [0, 1])
            return course.begin(&ledger, now: now)
        }
        var course = TrunkCourse(trunks: [0, 1])
        _ = course.begin(&ledger, now: .zero)
        _ = course.failed(Self.unavailable, &ledger, now: .zero)
        #expect(first(at: .zero) == .place(trunk: 0, at: .zero))
        course = TrunkCourse(trunks: [0, 1])
        _ = course.begin(&ledger, now: .zero)
        _ = course.failed(Self.unreachable, &ledger, now: .zero)
        let soon = Instant.zero + .seconds(29)
        #expect(first(at: soon) == .place(trunk: 1, at: soon))
        let later = Instant.zero + .seconds(30)
        #expect(first(at: later) == .place(trunk: 0, at: later))
        // All in trouble: then they are tried all the same.
        ledger.note(.unreachable, of: 0, now: later)
        ledger.note(.silent, of: 1, now: later)
        #expect(first(at: later) == .place(trunk: 0, at: later))
        ledger.noteAnswer(of: 1)
        #expect(first(at: later) == .place(trunk: 1, at: later))
    }

    @Test("F-36: no more calls begin within any second than the trunk takes; the others wait their turn")
    func pace() {
        var ledger = TrunkLedger(callsPerSecond: [20])
        var turns: [Duration] = []
        for number in 0..<100 {
            // Fifty at once, and the rest within a second.
            let now = Instant.zero + .milliseconds(number < 50 ? 0 : (number - 49) * 20)
            var course = TrunkCourse(trunks: [0])
            guard case .place(_, let turn) = course.begin(&ledger, now: now) else {
                Issue.record("call \(number) has no turn")
                continue
            }
            #expect(turn >= now)
            turns.append(turn - .zero)
        }
        for (early, late) in zip(turns, turns.dropFirst(20)) { #expect(late - early >= .seconds(1)) }
        #expect(turns == turns.sorted() && turns.last == .seconds(4))
    }

    @Test("F-36: where too many wait, the next trunk is taken, and without one the call is refused")
    func crowd() {
        var ledger = TrunkLedger(callsPerSecond: [1, 1])
        func steps(_ trunks: [Int], _ count: Int) -> [TrunkCourse.Step] {
            (0..<count).map { _ in
                var course = TrunkCourse(trunks: trunks)
                return course.begin(&ledger, now: .zero)
            }
        }
        let first = steps([0, 1], 12)
        #expect(first[10] == .place(trunk: 0, at: .zero + .seconds(10)) && first[11] == .place(trunk: 1, at: .zero))
        #expect(steps([0], 1) == [.end])
    }
}
