import Agent
import Foundation
import Testing

@testable import CallAPI

/// Many calls within limits, in virtual time.
struct CampaignTests {
    /// Plays a campaign: every call takes `lasts` and ends as `outcome` says.
    private struct Play {
        var campaign: Campaign
        var now: Int64
        var lasts: Int64 = 60_000
        var outcome: (Int64, Int) -> CampaignOutcome = { _, _ in .human }
        private var up: [(number: Int64, ends: Int64)] = []
        private var attempts: [Int64: Int] = [:]
        /// Who was called, and when.
        var placed: [(number: Int64, at: Int64)] = []
        var settled: [Int64: CampaignOutcome] = [:]
        var alarms: [String] = []
        var mostLive = 0
        var isDone = false

        init(_ limits: CampaignLimits, zone: ZoneRules = .utc, at now: Int64) {
            campaign = Campaign(limits: limits, zone: zone)
            self.now = now
        }

        mutating func take(_ event: Campaign.Event) {
            for action in campaign.receive(event, now: now) {
                switch action {
                case .place(let number):
                    placed.append((number, now))
                    attempts[number, default: 0] += 1
                    up.append((number, now + lasts))
                case .settle(let number, let outcome, _, let due): if due == nil { settled[number] = outcome }
                case .spent(let sentence): alarms.append(sentence)
                case .done: isDone = true
                }
            }
            mostLive = max(mostLive, campaign.liveCount)
        }

        /// - Parameter hours: at most so many.
        mutating func run(hours: Int64) {
            let end = now + hours * 3_600_000
            var rounds = 0
            while !isDone, rounds < 1_000_000 {
                rounds += 1
                let next = [up.map(\.ends).min(), campaign.wakes(now: now)].compactMap { $0 }.min() ?? .max
                guard next <= end else { break }
                now = max(now, next)
                if let index = up.firstIndex(where: { $0.ends <= now }) {
                    let number = up.remove(at: index).number
                    let result = outcome(number, attempts[number] ?? 0)
                    take(.ended(number, result, answeredMs: result == .busy || result == .noAnswer ? 0 : lasts))
                } else {
                    take(.tick)
                }
            }
            now = max(now, min(end, now))
            #expect(rounds < 1_000_000)
        }
    }

    private static func targets(_ count: Int, zone: ZoneRules? = nil) -> [Campaign.Target] {
        (0..<count).map { Campaign.Target(number: Int64($0), zone: zone, priority: 0, attempts: 0, dueAt: 0) }
    }

    private static func limits(_ change: (inout CampaignLimits) -> Void = { _ in }) -> CampaignLimits {
        var limits = CampaignLimits()
        limits.concurrency = 1_000
        limits.perMinute = 60_000
        limits.quietFrom = 0
        limits.quietUntil = 0
        change(&limits)
        return limits
    }

    /// 1 July 2026, 12:00 UTC.
    private static let noon: Int64 = 1_782_907_200_000

    @Test("T-17 Five thousand numbers are called within every limit at once, each as often as it may be")
    func many() {
        let limits = Self.limits {
            $0.concurrency = 7
            $0.perMinute = 30
            $0.perHour = 200
            $0.perDay = 1_500
        }
        var play = Play(limits, at: Self.noon)
        play.outcome = { number, attempt in number % 3 == 0 && attempt < 3 ? .busy : .human }
        play.take(.added(Self.targets(5_000)))
        play.run(hours: 24 * 30)
        #expect(play.isDone && play.mostLive == 7 && play.settled.count == 5_000)
        let times = play.placed.map(\.at)
        for (index, time) in times.enumerated() {
            if index >= 1 { #expect(time - times[index - 1] >= 2_000) }
            if index >= 200 { #expect(time - times[index - 200] >= 3_600_000) }
            if index >= 1_500 { #expect(time - times[index - 1_500] >= 86_400_000) }
        }
        #expect(play.placed.count == 5_000 + 2 * 1_667)
    }

    @Test("T-17 Money that is spent stops a campaign, with one alarm, and never goes beyond the limit")
    func money() {
        let limits = Self.limits {
            $0.concurrency = 10
            $0.costPerMinute = 10_000
            $0.minutesPerCall = 2
            $0.spend = 1_000_000
        }
        var play = Play(limits, at: Self.noon)
        play.lasts = 90_000
        play.take(.added(Self.targets(10_000)))
        play.run(hours: 100)
        for _ in 0..<100 { play.take(.tick) }
        // Two begun minutes each.
        #expect(play.placed.count == 50 && play.alarms.count == 1 && !play.isDone, "\(play.placed.count)")
    }

    @Test(
        "What passes is tried again after its time, what is final never",
        arguments: [
            (.busy, 3, 600), (.noAnswer, 3, 3_600), (.machine, 3, 14_400), (.human, 1, 0), (.declined, 1, 0),
            (.voicemail, 1, 0), (.failed, 1, 0), (.interrupted, 1, 0), (.fax, 1, 0),
        ] as [(CampaignOutcome, Int, Int64)])
    func retries(outcome: CampaignOutcome, times: Int, wait: Int64) {
        var play = Play(Self.limits(), at: Self.noon)
        play.outcome = { _, _ in outcome }
        play.take(.added(Self.targets(1)))
        play.run(hours: 1_000)
        #expect(play.isDone && play.placed.count == times && play.settled == [0: outcome])
        for (one, other) in zip(play.placed, play.placed.dropFirst()) {
            #expect(other.at - one.at == 60_000 + wait * 1_000)
        }
    }

    @Test("The higher priority is called first, then the order in which they were given")
    func priorities() {
        var play = Play(Self.limits { $0.concurrency = 1 }, at: Self.noon)
        var targets = Self.targets(4)
        targets[2].priority = 5
        targets[3].priority = -1
        play.take(.added(targets))
        play.run(hours: 1)
        #expect(play.placed.map(\.number) == [2, 0, 1, 3])
    }

    @Test("Nobody is called in quiet hours, by the clock of where they are, also when the clocks change")
    func quiet() throws {
        let zones = ZoneSource()
        let berlin = try #require(zones.rules("Europe/Berlin"), "tzdata is not installed")
        let newYork = try #require(zones.rules("America/New_York"))
        let limits = Self.limits {
            $0.quietFrom = 20 * 60
            $0.quietUntil = 9 * 60
        }
        // 24 October 2026, 22:00 UTC: at night the clocks of Berlin go back, those of New York a week later.
        for (zone, opens) in [(berlin, 36_000), (newYork, 54_000)] as [(ZoneRules, Int64)] {
            var play = Play(limits, at: 1_792_879_200_000)
            play.take(.added(Self.targets(3, zone: zone)))
            play.run(hours: 48)
            let at = try #require(play.placed.first?.at)
            // 9:00 in Berlin in winter is 8:00 UTC; in New York in summer 13:00 UTC, but 18:00 there is no quiet hour.
            #expect(zone == berlin ? at == 1_792_879_200_000 + opens * 1_000 : at == 1_792_879_200_000, "\(at)")
            #expect(play.isDone)
        }
    }

    @Test("A call that could not be placed takes no room, and is placed when there is some")
    func postponed() {
        var play = Play(Self.limits { $0.perHour = 1 }, at: Self.noon)
        play.take(.added(Self.targets(1)))
        #expect(play.placed.count == 1)
        play.take(.postponed(0, until: Self.noon + 5_000))
        #expect(play.campaign.liveCount == 0 && play.campaign.wakes(now: Self.noon) == Self.noon + 5_000)
        play.now = Self.noon + 5_000
        play.take(.tick)
        #expect(play.placed.count == 2)
    }

    @Test("What a campaign had placed before a restart counts")
    func restarted() {
        var campaign = Campaign(
            limits: Self.limits { $0.perHour = 2 }, zone: .utc, placed: [Self.noon - 3_000_000, Self.noon - 1_000])
        #expect(campaign.receive(.added(Self.targets(2)), now: Self.noon).isEmpty)
        #expect(campaign.wakes(now: Self.noon) == Self.noon + 600_000)
    }
}
