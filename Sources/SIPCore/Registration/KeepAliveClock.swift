import TelephonyPrimitives

/// When a flow is kept alive next, and whether it still is (RFC 5626 §3.5, §4.4).
struct KeepAliveClock: Sendable {
    /// What is sent.
    enum Kind: Hashable, Sendable {
        /// Two line ends.
        case lineEnds
        /// A STUN Binding request, to a registrar that does SIP Outbound over UDP.
        case stun
    }

    /// A STUN request that waits for its answer.
    struct Check: Sendable {
        let id: [UInt8]
        var sends = 1
        /// When it is sent again, or given up.
        var nextAt: Instant
    }

    let flow: Flow
    let kind: Kind
    /// The longest pause between two pings.
    let interval: Duration
    var pingAt: Instant
    /// By when the answer to the last line ends has to be there.
    var pongBy: Instant?
    /// Whether the far end is known to answer line ends.
    var expectsPong: Bool
    var check: Check?
    /// The address that the first STUN answer told.
    var mapped: TransportAddress?

    var deadline: Instant { [pongBy, check?.nextAt].compactMap(\.self).reduce(pingAt, min) }

    /// How long an answer to line ends may take.
    static let pongLimit = Duration.seconds(10)
    /// STUN's first wait, number of requests and last wait (RFC 8489 §6.2.1).
    static let firstWait = Duration.milliseconds(500)
    static let maxSends = 7
    static let lastWait = Duration.seconds(8)
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
        let kind: KeepAliveClock.Kind = usesOutbound && !isReliable ? .stun : .lineEnds
        if let running = keepAlive, running.flow == flow, running.interval == interval, running.kind == kind { return }
        keepAlive = KeepAliveClock(
            flow: flow, kind: kind, interval: interval, pingAt: now + pause(within: interval, in: &environment),
            expectsPong: isReliable && (usesOutbound || told != nil))
    }

    /// The far end answered our line ends: from now on it has to.
    mutating func receivePong(over flow: Flow) {
        guard keepAlive?.flow == flow, flow.protocol.isReliable else { return }
        keepAlive?.pongBy = nil
        keepAlive?.expectsPong = true
    }

    /// A STUN answer came. Another address than before means that a NAT has forgotten us (RFC 5626 §4.4.2).
    mutating func receive(
        _ answer: STUNBinding, over flow: Flow, now: Instant, in environment: inout Environment
    ) {
        guard let clock = keepAlive, clock.flow == flow, let check = clock.check else { return }
        switch answer {
        case .success(check.id, let mapped):
            keepAlive?.check = nil
            guard mapped != clock.mapped ?? mapped else {
                keepAlive?.mapped = mapped
                return
            }
            flowClosed(flow, reason: "our public address has changed to \(mapped)", now: now, in: &environment)
        case .failure(check.id):
            keepAlive?.check = nil
        case .request, .success, .failure:
            break
        }
    }

    mutating func wakeKeepAlive(now: Instant, in environment: inout Environment) {
        guard var clock = keepAlive else { return }
        let isUnanswered = clock.check.map { now >= $0.nextAt && $0.sends >= KeepAliveClock.maxSends } ?? false
        if clock.pongBy.map({ now >= $0 }) ?? false || isUnanswered {
            act(.close(clock.flow))
            flowClosed(clock.flow, reason: "no answer to a keep-alive came", now: now, in: &environment)
            return
        }
        if var check = clock.check, now >= check.nextAt {
            act(.transmit(STUNBinding.request(id: check.id).octets, clock.flow))
            check.nextAt =
                now
                + (check.sends + 1 == KeepAliveClock.maxSends
                    ? KeepAliveClock.lastWait : KeepAliveClock.firstWait * (1 << check.sends))
            check.sends += 1
            clock.check = check
        }
        if now >= clock.pingAt {
            clock.pingAt = now + pause(within: clock.interval, in: &environment)
            switch clock.kind {
            case .lineEnds:
                act(.transmit([0x0D, 0x0A, 0x0D, 0x0A], clock.flow))
                if clock.expectsPong, clock.pongBy == nil { clock.pongBy = now + KeepAliveClock.pongLimit }
            case .stun where clock.check == nil:
                let id = (0..<STUNBinding.idOctets).map { _ in UInt8(truncatingIfNeeded: environment.pick(0...255)) }
                act(.transmit(STUNBinding.request(id: id).octets, clock.flow))
                clock.check = .init(id: id, nextAt: now + KeepAliveClock.firstWait)
            case .stun:
                break
            }
        }
        keepAlive = clock
    }

    private func pause(within interval: Duration, in environment: inout Environment) -> Duration {
        let longest = max(Int(clamping: interval.inMilliseconds), 1)
        return .milliseconds(environment.pick((longest / 5 * 4)...longest))
    }
}
