/// How the packets of a stream are late with respect to one another, and the delay that this asks for.
///
/// Works on the *transit* of packets: arrival time less timestamp, in milliseconds with an unknown origin. The fastest
/// transit of the last seconds is the reference; what a packet is slower than it goes into a histogram that forgets.
/// The delay asked for is not a fixed quantile of it but the cheapest: quality lost by late packets against quality
/// lost by waiting, both in points of the E-model's R (ITU-T G.107). A rare stall is thus left to concealment, while
/// jitter that costs many packets is followed within a few of them.
struct DelayStatistics: Sendable {
    static let binWidth = 2.0
    static let binCount = 256
    /// The weight that a new packet takes from the old ones, once there have been enough: about thirteen seconds of
    /// 20 ms packets. Shorter, and the delay follows chance rather than the line.
    static let newWeight: Float = 0.0015
    /// How many packets it takes to believe that nothing is later than the latest of them.
    static let doubtfulCount = 5.0
    /// What a frame concealed without its successor costs over one that is filled from both sides.
    static let blindness = 1.5
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
    /// What a packet weighs at present, and all of them.
    private var unit: Float = 1
    private var total: Float = 1
    /// The transit at the lower edge of the first bin.
    private var anchor: Double
    private var currentMinimum: Double
    private var previousMinimum: Double
    private var windowStart: Double
    private var count = 0
    /// The transits of the last packets that were far slower than the reference, oldest first.
    private var slow: [Double] = []
    private let longest: Double
    /// Delay beyond the fastest transit that is worth waiting, in milliseconds.
    private(set) var required = 0.0
    /// How much slower than the fastest the packets are on average, in milliseconds.
    private var mean = 0.0
    private var costs: [Double] = []
    private var late: [Double] = []

    /// - Parameters:
    ///   - transit: of the first packet, in milliseconds.
    ///   - arrival: of the first packet, in milliseconds.
    ///   - longest: the most that may ever be asked for, in milliseconds.
    init(transit: Double, arrival: Double, longest: Double) {
        anchor = transit
        currentMinimum = transit
        previousMinimum = transit
        windowStart = arrival
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
        if let step = stepUp(transit: transit, packetTime: packetTime) {
            rebase(transit: step, arrival: arrival)
            return
        }
        moveAnchor()
        count = min(count + 1, 1_000_000)
        let weight = max(Self.newWeight, 1 / Float(count + 1))
        // A bin holds what is at most its number of widths slower than the reference.
        let slower = max(0, min((transit - anchor) / Self.binWidth, 1e6))
        let bin = min(Int((slower + 0.85).rounded(.down)), Self.binCount - 1)
        mean += (slower * Self.binWidth - mean) * Double(weight)
        // Forgetting: instead of all the old weights shrinking, the new one is greater.
        unit /= 1 - weight
        weights[bin] += unit * weight
        total += unit * weight
        if unit > 1e12 { rescale() }
        if count < Self.warmUp || count % 4 == 0 {
            chooseRequired(lossFraction: lossFraction, packetTime: packetTime)
        }
    }

    /// Takes `transit` as the new reference and keeps the shape of the histogram: the sender stood still for a while
    /// and went on with the next timestamp.
    mutating func rebase(transit: Double, arrival: Double) {
        anchor = transit
        currentMinimum = transit
        previousMinimum = transit
        windowStart = arrival
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

    private mutating func rescale() {
        for index in weights.indices { weights[index] /= unit }
        total /= unit
        unit = 1
    }

    /// Prices each delay, up to where more of it brings nothing, and takes the cheapest.
    private mutating func chooseRequired(lossFraction: Double, packetTime: Double) {
        let bins = max(1, min(Self.binCount, Int(longest / Self.binWidth)))
        let lookAhead = max(1, Int((packetTime / Self.binWidth).rounded()) - 1)
        costs.removeAll(keepingCapacity: true)
        late.removeAll(keepingCapacity: true)
        var rest = 1.0
        // What few packets can't have shown: a tail as long as the jitter so far.
        let doubt = Self.doubtfulCount / (Double(count) + Self.doubtfulCount)
        var tail = doubt
        let fall = mean / (mean + Self.binWidth)
        var best = Double.infinity
        for bin in 0..<bins {
            rest -= Double(weights[bin] / total)
            if rest < 1e-5 { rest = 0 }
            tail *= fall
            let share = rest + tail
            late.append(share)
            let delay = Double(bin) * Self.binWidth
            // A loss is interpolated when the next packet is there, one packet later.
            let blind = bin < lookAhead ? 1 : late[bin - lookAhead]
            let fraction = share * Self.blindness + lossFraction * (1 + (Self.blindness - 1) * blind)
            let cost = Self.lossCost(fraction) + Self.delayCost(delay)
            costs.append(cost)
            if cost < best {
                best = cost
                required = min(delay, longest)
            }
            // Nothing is late beyond: only the delay costs more.
            if share < 1e-5, bin > lookAhead, late[bin - lookAhead] < 1e-5 { break }
        }
    }

    /// What it costs to have packets wait for this many milliseconds beyond the fastest, in points of R.
    func cost(of delay: Double) -> Double {
        guard !costs.isEmpty else { return 0 }
        let place = delay / Self.binWidth
        if place < 0 { return costs[0] + 30 }
        let bin = Int(min(place, 1e6))
        if bin < costs.count { return costs[bin] }
        return (costs.last ?? 0) + Self.delayCost(delay) - Self.delayCost(Double(costs.count - 1) * Self.binWidth)
    }

    /// What a fraction of concealed frames costs in R. The shape is G.107's; the constants fit PESQ scores of G.711
    /// with this buffer's concealment.
    private static func lossCost(_ fraction: Double) -> Double {
        70 * fraction / (fraction + 0.22)
    }

    /// What the delay costs in R (simplified Idd of G.107), on top of 100 ms for the rest of the path.
    private static func delayCost(_ delay: Double) -> Double {
        let mouthToEar = 100 + delay
        return 0.024 * mouthToEar + 0.11 * max(0, mouthToEar - 177.3)
    }
}
