import TelephonyPrimitives

/// When a flow is kept alive next, and whether it still is (RFC 5626 §3.5.1, §4.4.1).
struct KeepAliveClock: Sendable {
    let flow: Flow
    /// The longest pause between two pings.
    let interval: Duration
    var pingAt: Instant
    /// By when the answer to the last ping has to be there.
    var pongBy: Instant?
    /// Whether the far end is known to answer.
    var expectsPong: Bool

    var deadline: Instant { min(pingAt, pongBy ?? pingAt) }

    /// How long an answer may take.
    static let pongLimit = Duration.seconds(10)
}

extension RegistrationClient {
    /// Keeps the flow of the grant alive; its clock goes on over refreshes.
    mutating func startKeepAlive(
        _ response: Response, usesOutbound: Bool, now: Instant, in environment: inout Environment
    ) {
        guard let flow, let policy = registration.keepAlive else { return }
        let isReliable = flow.protocol.isReliable
        let told = response.first(HeaderName("Flow-Timer")).flatMap(DeltaSeconds.parse)
            .flatMap { $0 > 0 ? Duration.seconds($0) : nil }
        let interval = told ?? (isReliable ? policy.stream : policy.datagram)
        let expectsPong = isReliable && (usesOutbound || told != nil)
        if let running = keepAlive, running.flow == flow, running.interval == interval { return }
        keepAlive = KeepAliveClock(
            flow: flow, interval: interval, pingAt: now + pause(within: interval, in: &environment),
            expectsPong: expectsPong)
    }

    /// The far end answered a ping: from now on it has to.
    mutating func receivePong(over flow: Flow) {
        guard keepAlive?.flow == flow, flow.protocol.isReliable else { return }
        keepAlive?.pongBy = nil
        keepAlive?.expectsPong = true
    }

    mutating func wakeKeepAlive(now: Instant, in environment: inout Environment) {
        guard var clock = keepAlive else { return }
        if let pongBy = clock.pongBy, now >= pongBy {
            act(.close(clock.flow))
            flowClosed(clock.flow, reason: "no answer to a keep-alive came", now: now, in: &environment)
            return
        }
        guard now >= clock.pingAt else { return }
        act(.ping(clock.flow))
        clock.pingAt = now + pause(within: clock.interval, in: &environment)
        if clock.expectsPong, clock.pongBy == nil { clock.pongBy = now + KeepAliveClock.pongLimit }
        keepAlive = clock
    }

    private func pause(within interval: Duration, in environment: inout Environment) -> Duration {
        let longest = max(Int(clamping: interval.inMilliseconds), 1)
        return .milliseconds(environment.pick((longest / 5 * 4)...longest))
    }
}
