import HeapModule
public import TelephonyPrimitives

/// Answers of the DNS for as long as they are good: for the shortest time to live of their records, and that a name
/// or record is missing for as long as the zone says (RFC 2308 §5).
public struct DNSCache: Sendable {
    private struct Entry: Sendable {
        var answer: DNSAnswer
        var until: Instant
    }

    private struct Expiry: Comparable, Sendable {
        var until: Instant
        var question: DNSQuestion

        static func < (one: Expiry, other: Expiry) -> Bool { one.until < other.until }
    }

    /// A day and an hour: however long a zone says, a change of it is seen (RFC 2308 §5 for the hour).
    private static let longest: UInt32 = 86_400
    private static let longestAbsence: UInt32 = 3_600
    /// A failure is remembered for so many seconds, so that a dead server is not asked for every call (RFC 2308 §7).
    private static let failure: UInt32 = 1

    private let capacity: Int
    private var entries: [DNSQuestion: Entry] = [:]
    private var expiries = Heap<Expiry>()

    /// - Parameter capacity: how many answers are kept; beyond it the one that would expire first makes room.
    public init(capacity: Int = 1_024) {
        self.capacity = max(capacity, 1)
    }

    /// How many answers are kept.
    public var count: Int { entries.count }

    /// The answer to `question`, while it is good.
    public func answer(to question: DNSQuestion, now: Instant) -> DNSAnswer? {
        guard let entry = entries[question], now < entry.until else { return nil }
        return entry.answer
    }

    /// Keeps an answer that has just come.
    public mutating func keep(_ answer: DNSAnswer, to question: DNSQuestion, now: Instant) {
        keep(answer, to: question, for: Self.timeToLive(of: answer), now: now)
    }

    /// The same for so many seconds, whatever the answer says.
    mutating func keep(_ answer: DNSAnswer, to question: DNSQuestion, for seconds: UInt32, now: Instant) {
        guard seconds > 0 else {
            entries[question] = nil
            return
        }
        let until = now + .seconds(seconds)
        entries[question] = Entry(answer: answer, until: until)
        expiries.insert(Expiry(until: until, question: question))
        makeRoom(now: now)
    }

    private mutating func makeRoom(now: Instant) {
        while let first = expiries.min, entries.count > capacity || first.until <= now || isOutdated(first) {
            expiries.removeMin()
            if !isOutdated(first) { entries[first.question] = nil }
        }
        guard expiries.count > 2 * entries.count + 64 else { return }
        expiries = Heap(entries.map { Expiry(until: $0.value.until, question: $0.key) })
    }

    private func isOutdated(_ expiry: Expiry) -> Bool {
        entries[expiry.question]?.until != expiry.until
    }

    private static func timeToLive(of answer: DNSAnswer) -> UInt32 {
        switch answer {
        case .found(let records): min(records.map(\.timeToLive).min() ?? 0, longest)
        case .noSuchName(let seconds), .noRecord(let seconds): min(seconds ?? 0, longestAbsence)
        case .failed, .timedOut: failure
        }
    }
}
