public import Telephony
public import TelephonyPrimitives

/// How long a call may last and what it may cost, whoever talks and whatever is said. No clock, no task.
public struct CallAllowance: Sendable, Equatable {
    /// What is used up.
    public enum Bound: Sendable, Equatable {
        case talkTime(Duration)
        /// Both in millionths of the currency.
        case cost(spent: Int64, allowed: Int64, currency: String)
    }

    /// What is to be done.
    public enum Step: Sendable, Equatable {
        /// The agent is to say goodbye and end the call by itself.
        case sayGoodbye(Bound)
        /// It has not: the call is over.
        case end(Bound)
    }

    /// The time there is for a goodbye; a quarter of what a short call may last.
    public static let longestGoodbye = Duration.seconds(15)
    /// How often it is looked whether too much was spent.
    static let interval = Duration.seconds(1)

    private let talkTime: Duration?
    private let cost: Int64?
    private let prices: UsagePrices?
    private let start: Instant
    private var spent: Int64 = 0
    private var leaving: (bound: Bound, until: Instant)?
    private var isOver = false

    /// - Parameters:
    ///   - talkTime: how long the call may last from its answer on; `nil`: as long as it likes.
    ///   - cost: what it may cost, in millionths of the currency of `prices`; `nil`: whatever it costs.
    ///   - prices: of services; without them nothing costs anything.
    ///   - now: when the call was answered.
    public init(talkTime: Duration?, cost: Int64?, prices: UsagePrices?, now: Instant) {
        self.talkTime = talkTime
        self.cost = prices == nil ? nil : cost
        self.prices = prices
        start = now
    }

    public static func == (one: CallAllowance, other: CallAllowance) -> Bool {
        one.talkTime == other.talkTime && one.cost == other.cost && one.prices == other.prices
            && one.start == other.start && one.spent == other.spent && one.isOver == other.isOver
            && one.leaving?.bound == other.leaving?.bound && one.leaving?.until == other.leaving?.until
    }

    /// A service has done something for the call.
    public mutating func used(_ usage: UsageRecord) {
        spent = Self.sum(spent, price(of: usage))
    }

    private func price(of usage: UsageRecord) -> Int64 { prices?.priced(usage).costMicros ?? 0 }

    private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
        let (sum, overflow) = one.addingReportingOverflow(max(0, other))
        return overflow ? .max : sum
    }

    /// What is to be done now; each step comes once.
    ///
    /// - Parameters:
    ///   - metered: what services have done so far that is told of only at the end of the call.
    ///   - now: the time.
    public mutating func step(metered: [UsageRecord] = [], now: Instant) -> Step? {
        guard !isOver else { return nil }
        if let talkTime, now >= start + talkTime { return end(leaving?.bound ?? .talkTime(talkTime)) }
        if let leaving { return now >= leaving.until ? end(leaving.bound) : nil }
        if let talkTime, now >= start + talkTime - Self.goodbye(of: talkTime) {
            leaving = (.talkTime(talkTime), start + talkTime)
            return .sayGoodbye(.talkTime(talkTime))
        }
        guard let cost, let prices else { return nil }
        let spent = metered.reduce(spent) { Self.sum($0, price(of: $1)) }
        guard spent > cost else { return nil }
        let bound = Bound.cost(spent: spent, allowed: cost, currency: prices.currency)
        leaving = (bound, now + Self.longestGoodbye)
        return .sayGoodbye(bound)
    }

    private mutating func end(_ bound: Bound) -> Step {
        isOver = true
        return .end(bound)
    }

    private static func goodbye(of talkTime: Duration) -> Duration { min(longestGoodbye, talkTime / 4) }

    /// When to ask for the next step; `nil` when none will come.
    public func nextStep(after now: Instant) -> Instant? {
        guard !isOver else { return nil }
        if let leaving { return talkTime.map { min(leaving.until, start + $0) } ?? leaving.until }
        let limit = talkTime.map { start + $0 - Self.goodbye(of: $0) }
        let look = cost.map { _ in now + Self.interval }
        return [limit, look].compactMap { $0 }.min()
    }
}

extension CallAllowance.Bound {
    /// What is used up, for the record.
    public var sentence: String {
        switch self {
        case .talkTime(let time):
            let seconds = time.components.seconds
            let length = seconds >= 120 && seconds % 60 == 0 ? "\(seconds / 60) minutes" : "\(seconds) s"
            return "The call had reached limits.minutes: \(length)."
        case .cost(let spent, let allowed, let currency):
            let (cost, limit) = (
                CallCost(micros: spent, currency: currency), CallCost(micros: allowed, currency: currency)
            )
            return "The call had passed limits.cost: \(cost.amount) of \(limit.amount)."
        }
    }

    /// The same for the other side.
    public var reason: HangUpReason {
        switch self {
        case .talkTime: .maximumDuration
        case .cost: .budget
        }
    }
}
