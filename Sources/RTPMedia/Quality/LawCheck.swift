/// Whether G.711 sound is of the law that was agreed on. Read by the wrong one it is static to the ear, and no figure of the
/// packets shows it.
///
/// Samples of speech follow each other closely; the wrong law scrambles them. So the sound is decoded by both laws, and how far
/// samples leap is compared, relative to how far they reach.
struct LawCheck: Sendable {
    /// One packet in so many is looked at.
    private static let every = 16
    /// Packets with sound in them before anything is said.
    private static let enough = 20

    private struct Roughness: Sendable {
        var leaps = 0.0
        var reach = 0.0

        var ratio: Double { reach > 0 ? leaps / reach : 0 }
    }

    private var packets = 0
    private var looked = 0
    private var law: G711.Law?
    private var agreed = Roughness()
    private var other = Roughness()

    /// How many times as rough the sound is by the agreed law as by the other: under 1 when the law is right, in loud noise near
    /// 1, over 1.5 when it is the other. `nil` before there was enough sound.
    var mismatch: Double? {
        guard looked >= Self.enough, other.ratio > 0 else { return nil }
        return agreed.ratio / other.ratio
    }

    /// Takes the payload of a packet.
    mutating func look(at payload: Span<UInt8>, law: G711.Law) {
        if law != self.law {
            self = LawCheck()
            self.law = law
        }
        packets &+= 1
        guard packets % Self.every == 0 else { return }
        let one = Self.roughness(payload, law)
        let two = Self.roughness(payload, law == .mu ? .a : .mu)
        // Silence has the same octet again and again: by neither law there is anything to compare.
        guard one.reach > 0, two.reach > 0 else { return }
        looked += 1
        agreed.leaps += one.leaps
        agreed.reach += one.reach
        other.leaps += two.leaps
        other.reach += two.reach
    }

    private static func roughness(_ payload: Span<UInt8>, _ law: G711.Law) -> Roughness {
        guard payload.count > 1 else { return Roughness() }
        var (sum, squares, leaps): (Int64, Int64, Int64) = (0, 0, 0)
        var before = Int64(G711.linear(payload[0], law))
        for index in 0..<payload.count {
            let sample = Int64(G711.linear(payload[index], law))
            sum &+= sample
            squares &+= sample &* sample
            leaps &+= (sample &- before) &* (sample &- before)
            before = sample
        }
        // What is the same for the whole packet is no sound.
        let mean = Double(sum) / Double(payload.count)
        return Roughness(leaps: Double(leaps), reach: max(0, Double(squares) - mean * mean * Double(payload.count)))
    }
}
