import SIPCore
import TelephonyPrimitives
import Testing

struct StaleAnswersTests {
    private static let question = DNSQuestion(DNSName("example.test") ?? .root, .a)
    private static let other = DNSQuestion(DNSName("other.test") ?? .root, .a)
    private static let found = DNSAnswer.found([
        DNSRecord(question.name, timeToLive: 5, .address(.v4(0xC000_0201)))
    ])

    struct Case: Sendable {
        var first: DNSAnswer
        var after: Duration
        var second: DNSAnswer
        /// What counts in place of the second answer.
        var used: DNSAnswer?
    }

    @Test(
        "RFC 8767: what was known counts for a day when no server answers, and not when one does",
        arguments: [
            Case(first: found, after: .seconds(3_600), second: .timedOut, used: found),
            Case(first: found, after: .seconds(86_399), second: .failed("server failure"), used: found),
            Case(first: found, after: .seconds(86_400), second: .timedOut, used: nil),
            Case(
                first: .noRecord(timeToLive: 5), after: .seconds(9), second: .timedOut, used: .noRecord(timeToLive: 5)),
            Case(first: found, after: .seconds(9), second: .noSuchName(timeToLive: nil), used: nil),
            Case(first: .timedOut, after: .seconds(9), second: .timedOut, used: nil),
        ])
    func used(_ item: Case) {
        var stale = StaleAnswers()
        let start = Instant.zero + .seconds(100)
        #expect(stale.receive(item.first, to: Self.question, now: start) == nil)
        #expect(stale.answerAtOnce(to: Self.question, now: start) == nil)
        let now = start + item.after
        #expect(stale.receive(item.second, to: Self.question, now: now) == item.used)
        #expect(
            stale.answerAtOnce(to: Self.question, now: now + .seconds(29))
                == item.used.flatMap { used in
                    now + .seconds(29) < start + .seconds(86_400) ? used : nil
                })
        #expect(stale.answerAtOnce(to: Self.question, now: now + .seconds(30)) == nil)
    }

    @Test("While servers are silent, other names that are known do not wait for them; one answer ends that")
    func atOnce() {
        var stale = StaleAnswers()
        let now = Instant.zero
        _ = stale.receive(Self.found, to: Self.question, now: now)
        _ = stale.receive(Self.found, to: Self.other, now: now)
        _ = stale.receive(.timedOut, to: Self.question, now: now + .seconds(10))
        #expect(stale.answerAtOnce(to: Self.other, now: now + .seconds(11)) == Self.found)
        _ = stale.receive(.noSuchName(timeToLive: 5), to: Self.question, now: now + .seconds(12))
        #expect(stale.answerAtOnce(to: Self.other, now: now + .seconds(13)) == nil)
    }
}
