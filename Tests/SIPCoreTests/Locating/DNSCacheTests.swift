import SIPCore
import TelephonyPrimitives
import Testing

@Suite("An answer of the DNS")
struct DNSCacheTests {
    private static let name = DNSName("example.com") ?? .root
    private static let question = DNSQuestion(name, .a)

    private static func found(_ seconds: UInt32...) -> DNSAnswer {
        .found(seconds.map { DNSRecord(name, timeToLive: $0, .address(.v4($0))) })
    }

    @Test(
        "is kept for as long as it is good",
        arguments: [
            (found(300), 300), (found(300, 20, 60), 20), (found(0), 0), (found(300, 0), 0), (found(900_000), 86_400),
            (.noSuchName(timeToLive: 60), 60), (.noRecord(timeToLive: 90), 90), (.noRecord(timeToLive: nil), 0),
            (.noSuchName(timeToLive: 900_000), 3_600), (.timedOut, 1), (.failed("refused"), 1), (.found([]), 0),
        ] as [(DNSAnswer, Int)])
    func life(_ answer: DNSAnswer, _ seconds: Int) {
        var cache = DNSCache()
        let start = Instant.zero + .seconds(1_000)
        cache.keep(answer, to: Self.question, now: start)
        let end = start + .seconds(seconds)
        #expect(cache.answer(to: Self.question, now: end) == nil)
        #expect(cache.answer(to: Self.question, now: end - .nanoseconds(1)) == (seconds > 0 ? answer : nil))
        #expect(cache.answer(to: DNSQuestion(Self.name, .aaaa), now: start) == nil)
    }

    @Test("is replaced by a later one")
    func replaced() {
        var cache = DNSCache()
        cache.keep(Self.found(300), to: Self.question, now: .zero)
        cache.keep(Self.found(20), to: Self.question, now: .zero + .seconds(10))
        #expect(cache.answer(to: Self.question, now: .zero + .seconds(29)) == Self.found(20))
        #expect(cache.answer(to: Self.question, now: .zero + .seconds(30)) == nil)
        cache.keep(Self.found(0), to: Self.question, now: .zero + .seconds(31))
        #expect(cache.count == 0)
    }

    @Test("makes room for others: what expires first goes first")
    func bounded() throws {
        var cache = DNSCache(capacity: 10)
        let names = try (0..<50).map { try #require(DNSName("h\($0).test")) }
        for (index, name) in names.enumerated() {
            let record = DNSRecord(name, timeToLive: UInt32(1_000 - index), .address(.v4(1)))
            cache.keep(.found([record]), to: DNSQuestion(name, .a), now: .zero)
        }
        #expect(cache.count == 10)
        #expect(cache.answer(to: DNSQuestion(names[0], .a), now: .zero) != nil)
        #expect(cache.answer(to: DNSQuestion(names[49], .a), now: .zero) == nil)
        cache.keep(Self.found(5), to: Self.question, now: .zero + .seconds(2_000))
        #expect(cache.count == 1)
    }

    @Test("that is refreshed ten thousand times takes the place of one")
    func refreshed() {
        var cache = DNSCache(capacity: 4)
        for second in 0..<10_000 {
            cache.keep(Self.found(300), to: Self.question, now: .zero + .seconds(second))
        }
        #expect(cache.count == 1)
        #expect(cache.answer(to: Self.question, now: .zero + .seconds(10_298)) != nil)
    }
}
