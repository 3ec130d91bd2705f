import TelephonyPrimitives

/// What a link does to the datagrams that cross it in one direction.
///
/// Streams (TCP, TLS) feel delay and jitter; a loss becomes a delay of 200 ms, as retransmission would make it, and order
/// is kept.
public struct LinkConditions: Sendable, Hashable {
    /// Time that every datagram takes.
    public var delay: Duration = .milliseconds(10)
    /// Added to the delay: uniform between zero and this. More than the spacing of packets reorders them.
    public var jitter: Duration = .zero
    /// Probability 0…1 that a datagram is lost, independent of others.
    public var loss: Double = 0
    /// Loss in bursts, on top of `loss`.
    public var bursts: Bursts?
    /// Probability that a datagram is held back by `reorderDelay`, so that later ones overtake it.
    public var reorder: Double = 0
    /// How long a reordered datagram is held back.
    public var reorderDelay: Duration = .milliseconds(60)
    /// Probability that a datagram arrives twice.
    public var duplicate: Double = 0
    /// Longest UDP payload in octets that gets through.
    public var mtu: Int = 65_507

    public init() {}

    /// 10 ms each way and nothing else.
    public static let perfect = LinkConditions()

    /// 20 ms delay, up to 30 ms jitter, 5 % loss, 2 % reordered, 2 % doubled: worse than a bad mobile day.
    public static let rough: LinkConditions = {
        var conditions = LinkConditions()
        conditions.delay = .milliseconds(20)
        conditions.jitter = .milliseconds(30)
        conditions.loss = 0.05
        conditions.reorder = 0.02
        conditions.duplicate = 0.02
        return conditions
    }()

    /// The Gilbert-Elliott model: a link that is in a good or a bad state and changes between them per datagram.
    public struct Bursts: Sendable, Hashable {
        /// Probability of good → bad, per datagram.
        public var toBad: Double
        /// Probability of bad → good, per datagram: its inverse is the mean burst length.
        public var toGood: Double
        /// Probability of loss in the bad state.
        public var loss: Double

        public init(toBad: Double, toGood: Double, loss: Double = 1) {
            self.toBad = toBad
            self.toGood = toGood
            self.loss = loss
        }
    }
}

/// The changing part of a link in one direction.
struct LinkState {
    var isBad = false
    /// When the last message of each stream arrives; a later one never overtakes it.
    var lastArrival: [WireProtocol: Instant] = [:]

    /// Decides when copies of a datagram arrive that is sent now.
    mutating func pass(
        _ datagram: Datagram, conditions: LinkConditions, now: Instant, random: inout SeededGenerator
    ) -> Trace.Fate {
        var extra = Duration.zero
        if let cause = loses(datagram, conditions: conditions, random: &random) {
            guard datagram.protocol.isReliable else { return .lost(cause) }
            extra = .milliseconds(200)
        }
        var arrival = now + conditions.delay + extra + random.duration(below: conditions.jitter)
        if datagram.protocol.isReliable {
            arrival = max(arrival, lastArrival[datagram.protocol] ?? arrival)
            lastArrival[datagram.protocol] = arrival
            return .delivered(at: [arrival])
        }
        if random.chance(conditions.reorder) { arrival = arrival + conditions.reorderDelay }
        guard random.chance(conditions.duplicate) else { return .delivered(at: [arrival]) }
        return .delivered(at: [arrival, arrival + .milliseconds(1) + random.duration(below: conditions.jitter)])
    }

    private mutating func loses(
        _ datagram: Datagram, conditions: LinkConditions, random: inout SeededGenerator
    ) -> LossCause? {
        if !datagram.protocol.isReliable, datagram.octets.count > conditions.mtu { return .tooLong }
        if let bursts = conditions.bursts {
            if random.chance(isBad ? bursts.toGood : bursts.toBad) { isBad.toggle() }
            if isBad, random.chance(bursts.loss) { return .burst }
        }
        return random.chance(conditions.loss) ? .chance : nil
    }
}

extension SeededGenerator {
    /// `true` with this probability.
    mutating func chance(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double.random(in: 0..<1, using: &self) < probability
    }

    /// Uniform from zero to below `limit`.
    mutating func duration(below limit: Duration) -> Duration {
        guard limit > .zero else { return .zero }
        return .nanoseconds(Int64.random(in: 0..<limit.inNanoseconds, using: &self))
    }
}
