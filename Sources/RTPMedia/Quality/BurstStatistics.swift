/// How the losses of a stream lie together: in bursts, or alone in gaps (RFC 3611 §4.7.2).
///
/// A burst begins and ends with a packet that was lost or discarded and holds no ``gapThreshold`` packets in succession
/// that were heard; everything else is gap. Exact by that definition, in constant memory; RFC 3611 §A.2 estimates the
/// same from a Markov model.
public struct BurstStatistics: Sendable, Hashable {
    /// Gmin that RFC 3611 §4.7.2 recommends.
    public static let recommendedGapThreshold = 16

    /// Gmin: so many packets heard in succession end a burst; 1 or more.
    public let gapThreshold: Int

    private struct Part: Hashable {
        var packets = 0
        var missed = 0
        /// Bursts or gaps that the packets lie in.
        var count = 0

        var density: Double { packets > 0 ? Double(missed) / Double(packets) : 0 }
        var meanLength: Double { count > 0 ? Double(packets) / Double(count) : 0 }
    }

    private var burst = Part()
    private var gap = Part()
    private var isInGap = false
    /// What may yet be a burst: from its first missed packet to its last.
    private var open = Part()
    private var heardSince = 0

    /// - Parameter gapThreshold: Gmin, in packets; less than 1 becomes 1.
    public init(gapThreshold: Int = Self.recommendedGapThreshold) {
        self.gapThreshold = max(1, gapThreshold)
    }

    /// The next packets were heard.
    public mutating func heard(_ count: Int = 1) {
        guard count > 0 else { return }
        guard open.missed > 0 else {
            extendGap(packets: count, missed: 0)
            return
        }
        heardSince &+= count
        if heardSince >= gapThreshold { close() }
    }

    /// The next packets never came, or came too late to be heard.
    public mutating func missed(_ count: Int = 1) {
        guard count > 0 else { return }
        open.packets &+= heardSince &+ count
        open.missed &+= count
        heardSince = 0
    }

    private mutating func close() {
        if open.missed > 1 {
            burst.packets &+= open.packets
            burst.missed &+= open.missed
            burst.count &+= 1
            isInGap = false
        } else {
            extendGap(packets: open.packets, missed: open.missed)
        }
        let heard = heardSince
        open = Part()
        heardSince = 0
        extendGap(packets: heard, missed: 0)
    }

    private mutating func extendGap(packets: Int, missed: Int) {
        guard packets > 0 else { return }
        if !isInGap {
            isInGap = true
            gap.count &+= 1
        }
        gap.packets &+= packets
        gap.missed &+= missed
    }

    /// With what is not decided yet taken as it stands.
    private var settled: BurstStatistics {
        var copy = self
        if copy.open.missed > 0 { copy.close() }
        return copy
    }

    /// Bursts so far, of two missed packets or more each.
    public var bursts: Int { settled.burst.count }
    /// Gaps so far: the times between bursts.
    public var gaps: Int { settled.gap.count }
    /// Packets in bursts.
    public var burstPackets: Int { settled.burst.packets }
    /// Packets in gaps.
    public var gapPackets: Int { settled.gap.packets }
    /// The part of the packets in bursts that was missed, 0 to 1.
    public var burstDensity: Double { settled.burst.density }
    /// The part of the packets in gaps that was missed, 0 to 1.
    public var gapDensity: Double { settled.gap.density }
    /// The mean length of a burst in packets, 0 when there was none.
    public var meanBurst: Double { settled.burst.meanLength }
    /// The mean length of a gap in packets, 0 when there was none.
    public var meanGap: Double { settled.gap.meanLength }
}
