/// How the packets of a stream are late with respect to one another, and the delay that this asks for.
///
/// Works on the *transit* of packets: arrival time less timestamp, in milliseconds with an unknown origin. The fastest
/// transit of the last seconds is the reference; what a packet is slower than it goes into a histogram that forgets.
/// The delay asked for is not a fixed quantile of it but the cheapest: quality lost by late packets against quality
/// lost by waiting, both in points of the E-model's R (ITU-T G.107). A rare stall is thus left to concealment, while
/// jitter that costs many packets is followed within a few of them.
struct DelayStatistics: Sendable {
    static let binWidth = 4.0
    static let binCount = 128
    /// The weight that a new packet takes from the old ones, once there have been enough: about four seconds of
    /// 20 ms packets.
    static let newWeight: Float = 0.005
    /// How long a fastest transit counts, at least; at most twice that. Long enough to hold a fast packet in heavy
    /// jitter, short enough to follow a clock that drifts.
    static let referenceWindow = 2000.0
    /// Packets after which the histogram has seen the jitter, so that a faster packet than all before is news of the
    /// path or of the sender's clock, not of the jitter.
    static let warmUp = 50
    /// A path that becomes longer by at least this much, in milliseconds, and stays so for a few packets is taken as
    /// the reference at once.
    static let leastStep = 200.0

    private var weights = [Float](repeating: 0, count: binCount)
    /// The transit at the lower edge of the first bin.
    private var anchor: Double
    private var currentMinimum: Double
    private var previousMinimum: Double
    private var windowStart: Double
    private var lastTransit: Double
    private var lastArrival: Double
    private var count = 0
    /// The transits of the last packets that were far slower than the reference, oldest first.
    private var slow: [Double] = []
    private let longest: Double
    /// Delay beyond the fastest transit that is worth waiting, in milliseconds.
    private(set) var required = 0.0

    /// - Parameters:
    ///   - transit: of the first packet, in milliseconds.
    ///   - arrival: of the first packet, in milliseconds.
    ///   - longest: the most that may ever be asked for, in milliseconds.
    init(transit: Double, arrival: Double, longest: Double) {
        anchor = transit
        currentMinimum = transit
        previousMinimum = transit
        windowStart = arrival
        lastTransit = transit
        lastArrival = arrival
        self.longest = longest
        weights[0] = 1
    }

    /// The transit of the fastest packet of the last seconds.
    var fastest: Double { min(currentMinimum, previousMinimum) }

    /// Learns from a packet.
    ///
    /// - Parameters:
    ///   - packetTime: the milliseconds of audio in it.
    ///   - lossFraction: of the stream at present, 0 to 1: where much is lost anyway, a late packet costs less.
    mutating func record(transit: Double, arrival: Double, packetTime: Double, lossFraction: Double) {
        if arrival - windowStart > Self.referenceWindow {
            previousMinimum = currentMinimum
            currentMinimum = transit
            windowStart = arrival
        } else {
            currentMinimum = min(currentMinimum, transit)
        }
        // The packets right behind a delayed one come with it in a burst. Playout that waited for the first is in time
        // for the rest, so the burst is one event.
        let isFollower =
            arrival - lastArrival < packetTime / 4 && transit < lastTransit && transit > fastest + Self.binWidth
        lastTransit = transit
        lastArrival = arrival
        if let step = stepUp(transit: transit, packetTime: packetTime) {
            rebase(transit: step, arrival: arrival)
            return
        }
        moveAnchor()
        guard !isFollower else { return }
        count = min(count + 1, 1_000_000)
        let weight = max(Self.newWeight, 1 / Float(count + 1))
        let bin = min(max(0, Int(min((transit - anchor) / Self.binWidth, 1e6))), Self.binCount - 1)
        for index in weights.indices { weights[index] *= 1 - weight }
        weights[bin] += weight
        chooseRequired(lossFraction: lossFraction)
    }

    /// Takes `transit` as the new reference and keeps the shape of the histogram: the sender stood still for a while
    /// and went on with the next timestamp.
    mutating func rebase(transit: Double, arrival: Double) {
        anchor = transit
        currentMinimum = transit
        previousMinimum = transit
        windowStart = arrival
        lastTransit = transit
        lastArrival = arrival
        slow = []
    }

    /// The new reference when the path has become much longer: packets that were held up by a stall come in a burst,
    /// each one faster than the one before; those of a longer path keep their pace.
    private mutating func stepUp(transit: Double, packetTime: Double) -> Double? {
        guard transit > fastest + max(Self.leastStep, 2 * required) else {
            slow = []
            return nil
        }
        slow.append(transit)
        if slow.count > 4 { slow.removeFirst() }
        guard slow.count == 4, transit > slow[0] - packetTime * 0.75 else { return nil }
        return slow.min()
    }

    /// Moves the histogram by whole bins after the reference.
    ///
    /// Its shape stays when the reference falls after the warm-up: the packets before were late as they were on the
    /// path or by the clock of their time. A sender that is too fast would otherwise look like endless jitter.
    private mutating func moveAnchor() {
        let bins = ((fastest - anchor) / Self.binWidth).rounded(.down)
        guard bins != 0 else { return }
        anchor += bins * Self.binWidth
        guard bins > 0 || count < Self.warmUp else { return }
        let shift = Int(max(-Double(Self.binCount), min(Double(Self.binCount), bins)))
        var moved = [Float](repeating: 0, count: Self.binCount)
        for (index, weight) in weights.enumerated() {
            moved[min(max(0, index - shift), Self.binCount - 1)] += weight
        }
        weights = moved
    }

    private mutating func chooseRequired(lossFraction: Double) {
        let bins = min(Self.binCount, Int(longest / Self.binWidth))
        var late = 1.0
        var best = Double.infinity
        for bin in 0..<max(1, bins) {
            late = max(0, late - Double(weights[bin]))
            let delay = bin == 0 ? 0 : Double(bin + 1) * Self.binWidth
            let cost = Self.lossCost(min(1, lossFraction + late)) + Self.delayCost(delay)
            if cost < best {
                best = cost
                required = delay
            }
        }
        required = min(required, longest)
    }

    /// What a fraction of concealed frames costs in R. The shape is G.107's; the constants fit PESQ scores of G.711
    /// with pitch repetition, which punish the first per cents harder than G.113's Bpl does.
    private static func lossCost(_ fraction: Double) -> Double {
        45 * fraction / (fraction + 0.064)
    }

    /// What the delay costs in R (simplified Idd of G.107), on top of 100 ms for the rest of the path.
    private static func delayCost(_ delay: Double) -> Double {
        let mouthToEar = 100 + delay
        return 0.024 * mouthToEar + 0.11 * max(0, mouthToEar - 177.3)
    }
}
