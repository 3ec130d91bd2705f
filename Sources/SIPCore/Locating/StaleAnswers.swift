public import TelephonyPrimitives

/// What names have led to, for when no DNS server answers any more (RFC 8767): a server that has not moved can still be
/// reached then.
///
/// For half a minute after a question came to nothing, what was known before counts at once, so that not every request
/// waits for servers that are silent.
public struct StaleAnswers: Sendable {
    /// How long an answer may be used after it came (RFC 8767 §5 has one to three days).
    private static let longest: UInt32 = 86_400
    private static let recheck = Duration.seconds(30)

    private var known: DNSCache
    private var silentUntil: Instant?

    /// - Parameter capacity: how many answers are kept.
    public init(capacity: Int = 1_024) {
        known = DNSCache(capacity: capacity)
    }

    /// What is to be used without a question: what was known before, while the servers are silent.
    public func answerAtOnce(to question: DNSQuestion, now: Instant) -> DNSAnswer? {
        guard let silentUntil, now < silentUntil else { return nil }
        return known.answer(to: question, now: now)
    }

    /// Takes an answer that has just come.
    ///
    /// - Returns: what was known before, when the answer says nothing; `nil` when it counts itself.
    public mutating func receive(_ answer: DNSAnswer, to question: DNSQuestion, now: Instant) -> DNSAnswer? {
        switch answer {
        case .found, .noSuchName, .noRecord:
            silentUntil = nil
            known.keep(answer, to: question, for: Self.longest, now: now)
            return nil
        case .failed, .timedOut:
            guard let before = known.answer(to: question, now: now) else { return nil }
            silentUntil = now + Self.recheck
            return before
        }
    }
}
