package import Agent
internal import HeapModule

/// Whom a campaign calls next, and when: within its limits, outside of quiet hours, by priority, again after what passes. No
/// call, no clock, no database.
///
/// Times are milliseconds since 1970.
package struct Campaign: Sendable {
    /// What the core knows of a number.
    package struct Target: Sendable {
        var number: Int64
        /// Where its country or its owner is; `nil`: the campaign's own zone.
        package var zone: ZoneRules?
        var priority: Int
        var attempts: Int
        var dueAt: Int64

        init(number: Int64, zone: ZoneRules?, priority: Int, attempts: Int, dueAt: Int64) {
            self.number = number
            self.zone = zone
            self.priority = priority
            self.attempts = attempts
            self.dueAt = dueAt
        }

        /// As the database has it.
        package init(_ target: CampaignTarget, in zones: ZoneSource) {
            let name = target.timezone ?? CountryZone.name(of: target.to)
            self.init(
                number: target.number, zone: name.flatMap { zones.rules($0) }, priority: target.priority,
                attempts: target.attempts, dueAt: target.dueAt)
        }
    }

    package enum Event: Sendable {
        case added([Target])
        /// A call is over.
        case ended(Int64, CampaignOutcome, answeredMs: Int64)
        /// It was not placed after all, for a reason that passes by then.
        case postponed(Int64, until: Int64)
        /// It will not be called.
        case dropped(Int64)
        case tick
    }

    package enum Action: Sendable, Equatable {
        /// Call it. It counts as placed.
        case place(Int64)
        /// What came of it is final, or it is called again then. In millionths of a unit of money.
        case settle(Int64, CampaignOutcome, cost: Int64, due: Int64?)
        /// Nothing more may be spent; told once.
        case spent(String)
        /// Nobody is left to call.
        case done
    }

    private struct Ready: Sendable, Comparable {
        var target: Target

        /// The higher priority first, then the order in which they were given.
        static func < (one: Ready, other: Ready) -> Bool {
            (other.target.priority, one.target.number) < (one.target.priority, other.target.number)
        }

        static func == (one: Ready, other: Ready) -> Bool { one.target.number == other.target.number }
    }

    private struct Later: Sendable, Comparable {
        var target: Target

        static func < (one: Later, other: Later) -> Bool {
            (one.target.dueAt, one.target.number) < (other.target.dueAt, other.target.number)
        }

        static func == (one: Later, other: Later) -> Bool { one.target.number == other.target.number }
    }

    package let limits: CampaignLimits
    private let quiet: QuietHours
    private let zone: ZoneRules
    private var ready = Heap<Ready>()
    private var later = Heap<Later>()
    private var live: [Int64: Target] = [:]
    /// When calls within a day were placed, from `head` on.
    private var placed: [Int64]
    private var head = 0
    private var lastPlaced: Int64
    private var spent: Int64
    private var blockedUntil: Int64 = 0
    private var isSpentTold = false
    /// Nobody is called meanwhile; what is up goes on.
    package var isPaused = false

    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    /// - Parameters:
    ///   - zone: of numbers of which none is known.
    ///   - placed: when calls were placed within the last day, the oldest first.
    ///   - spent: so far.
    package init(limits: CampaignLimits, zone: ZoneRules, placed: [Int64] = [], spent: Int64 = 0) {
        self.limits = limits
        self.zone = zone
        quiet = QuietHours(from: limits.quietFrom, until: limits.quietUntil)
        self.placed = placed
        lastPlaced = placed.last ?? .min / 2
        self.spent = spent
    }

    /// Calls that are up.
    package var liveCount: Int { live.count }

    package mutating func receive(_ event: Event, now: Int64) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .tick: break
        case .added(let targets):
            for target in targets { later.insert(Later(target: target)) }
        case .ended(let number, let outcome, let answeredMs):
            ended(number, outcome, answeredMs, now: now, &actions)
        case .postponed(let number, let until):
            guard var target = live.removeValue(forKey: number) else { break }
            target.attempts -= 1
            // It was not placed: it takes no room in the windows.
            if placed.count > head { placed.removeLast() }
            blockedUntil = max(blockedUntil, until)
            ready.insert(Ready(target: target))
        case .dropped(let number):
            if live.removeValue(forKey: number) != nil, placed.count > head { placed.removeLast() }
        }
        place(now: now, &actions)
        if ready.isEmpty, later.isEmpty, live.isEmpty { actions.append(.done) }
        return actions
    }

    /// When ``Event/tick`` is wanted; `nil`: only something that happens can change anything.
    package func wakes(now: Int64) -> Int64? {
        let next = later.min?.target.dueAt
        guard !isPaused else { return nil }
        guard !ready.isEmpty, live.count < limits.concurrency, !isSpentUp else { return next }
        return [next, placingTime(now: now)].compactMap { $0 }.min()
    }

    // MARK: Placing

    private mutating func place(now: Int64, _ actions: inout [Action]) {
        guard !isPaused else { return }
        while head < placed.count, placed[head] <= now - Self.day { head += 1 }
        if head > 1_000, head * 2 > placed.count {
            placed.removeFirst(head)
            head = 0
        }
        while let first = later.min, first.target.dueAt <= now {
            later.removeMin()
            ready.insert(Ready(target: first.target))
        }
        while live.count < limits.concurrency, placingTime(now: now) <= now, let next = ready.min {
            if isSpentUp {
                tellSpent(&actions)
                return
            }
            ready.removeMin()
            var target = next.target
            if let end = quiet.end(at: now, in: target.zone ?? zone) {
                target.dueAt = end
                later.insert(Later(target: target))
                continue
            }
            target.attempts += 1
            live[target.number] = target
            placed.append(now)
            lastPlaced = now
            actions.append(.place(target.number))
        }
    }

    /// When the next call may be placed as far as its pace and the windows go.
    private func placingTime(now: Int64) -> Int64 {
        var time = max(blockedUntil, lastPlaced + 60_000 / Int64(max(1, limits.perMinute)))
        let count = placed.count - head
        if let limit = limits.perDay, count >= limit {
            time = max(time, placed[placed.count - max(1, limit)] + Self.day)
        }
        if let limit = limits.perHour, count >= limit {
            time = max(time, placed[placed.count - max(1, limit)] + Self.hour)
        }
        return time
    }

    // MARK: Money

    /// Whether one more call might cost more than there is, those that are up counted as long ones.
    private var isSpentUp: Bool {
        guard let limit = limits.spend else { return false }
        let call = limits.costPerMinute.multipliedReportingOverflow(by: Int64(max(1, limits.minutesPerCall)))
        let reserved = call.partialValue.multipliedReportingOverflow(by: Int64(live.count + 1))
        let total = spent.addingReportingOverflow(reserved.partialValue)
        return call.overflow || reserved.overflow || total.overflow || total.partialValue > limit
    }

    private mutating func tellSpent(_ actions: inout [Action]) {
        // While calls are up, less than was set aside for them may be used.
        guard live.isEmpty, !isSpentTold else { return }
        isSpentTold = true
        actions.append(
            .spent("\(spent) of \(limits.spend ?? 0) millionths are spent; another call could go beyond that."))
    }

    // MARK: Outcomes

    private mutating func ended(
        _ number: Int64, _ outcome: CampaignOutcome, _ answeredMs: Int64, now: Int64, _ actions: inout [Action]
    ) {
        guard var target = live.removeValue(forKey: number) else { return }
        // Begun minutes, as they are billed.
        let minutes = answeredMs > 0 ? (answeredMs - 1) / 60_000 + 1 : 0
        let (cost, overflow) = limits.costPerMinute.multipliedReportingOverflow(by: minutes)
        spent = overflow ? .max : spent.addingReportingOverflow(cost).overflow ? .max : spent + cost
        let wait: Int? =
            switch outcome {
            case .busy, .unreachable: limits.retryBusy
            case .noAnswer: limits.retryNoAnswer
            case .machine: limits.retryMachine
            case .human, .answered, .voicemail, .screening, .fax, .declined, .failed, .interrupted, .doNotCall,
                .notAllowed, .cancelled:
                nil
            }
        let due = target.attempts < limits.maximumAttempts ? wait.map { now + Int64($0) * 1_000 } : nil
        actions.append(.settle(number, outcome, cost: overflow ? .max : cost, due: due))
        if let due {
            target.dueAt = due
            later.insert(Later(target: target))
        }
    }
}
