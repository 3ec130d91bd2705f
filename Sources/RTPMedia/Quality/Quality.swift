/// What a codec costs on the scale of the E-model.
public struct EquipmentImpairment: Sendable, Equatable {
    /// Ie: what the codec costs without loss (ITU-T G.113, Table I.1).
    public var equipment: Double
    /// Bpl: how well it stands loss (ITU-T G.113, Table I.2).
    public var lossRobustness: Double

    public init(equipment: Double, lossRobustness: Double) {
        self.equipment = equipment
        self.lossRobustness = lossRobustness
    }

    /// G.711 with the concealment of its Appendix I, which is what ``JitterBuffer`` does.
    public static let g711 = EquipmentImpairment(equipment: 0, lossRobustness: 25.1)
    /// G.711 where lost packets become silence.
    public static let g711WithoutConcealment = EquipmentImpairment(equipment: 0, lossRobustness: 4.3)

    /// The figures for a narrow-band codec by its RTP name; `nil` where G.113 has none that this scale could use.
    public static func named(_ codec: String) -> EquipmentImpairment? {
        switch codec.uppercased() {
        case "PCMU", "PCMA": .g711
        default: nil
        }
    }
}

/// An estimate of what listeners would say, by the E-model of ITU-T G.107 with its default values for everything that a
/// packet network does not change.
public enum Quality {
    /// R of a connection on which nothing goes wrong (G.107 §7.7).
    public static let unimpairedRating = 93.2

    /// The transmission rating R, 0 to 100.
    ///
    /// - Parameters:
    ///   - lossFraction: audio lost or too late, 0 to 1.
    ///   - burstRatio: the mean length of a run of losses over what it would be if they were random (G.107 §7.5); 1 is
    ///     random, more is burstier. Values below 1 count as 1.
    ///   - delayMilliseconds: mouth to ear, one way.
    ///   - codec: what loss and the codec itself cost.
    public static func rating(
        lossFraction: Double, burstRatio: Double = 1, delayMilliseconds: Double, codec: EquipmentImpairment = .g711
    ) -> Double {
        let loss = finite(lossFraction, 0...1, otherwise: 1) * 100
        let burst = finite(burstRatio, 1...100, otherwise: 1)
        let delay = finite(delayMilliseconds, 0...10_000, otherwise: 10_000)
        let effective =
            codec.equipment + (95 - codec.equipment) * loss / max(0.001, loss / burst + codec.lossRobustness)
        let impairment = 0.024 * delay + 0.11 * max(0, delay - 177.3)
        return max(0, min(100, unimpairedRating - impairment - effective))
    }

    /// The mean opinion score that listeners would give, 1 to 4.5 (G.107 Annex B).
    ///
    /// - Parameters: as of ``rating(lossFraction:burstRatio:delayMilliseconds:codec:)``.
    public static func estimatedMOS(
        lossFraction: Double, burstRatio: Double = 1, delayMilliseconds: Double, codec: EquipmentImpairment = .g711
    ) -> Double {
        let rating = rating(
            lossFraction: lossFraction, burstRatio: burstRatio, delayMilliseconds: delayMilliseconds, codec: codec)
        return meanOpinionScore(rating: rating)
    }

    /// The mean opinion score that belongs to a rating R (G.107 Annex B).
    public static func meanOpinionScore(rating: Double) -> Double {
        let rating = finite(rating, 0...100, otherwise: 0)
        let score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
        // The polynomial dips below 1 for ratings under 6.5.
        return max(1, min(4.5, score))
    }

    private static func finite(_ value: Double, _ range: ClosedRange<Double>, otherwise: Double) -> Double {
        value.isNaN ? otherwise : min(max(value, range.lowerBound), range.upperBound)
    }
}
