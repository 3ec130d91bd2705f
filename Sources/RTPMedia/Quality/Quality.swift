/// An estimate of what listeners would say, by the E-model of ITU-T G.107 with its default values for everything that a
/// packet network does not change; of wideband codecs by that of G.107.1.
///
/// The scales have the same formulas here: only the best rating, the codec's figures and the way from rating to score
/// differ. A score of one band is not to be compared with one of the other.
public enum Quality {
    /// R of a narrow-band connection on which nothing goes wrong (G.107 §7.7).
    public static let unimpairedRating = EquipmentImpairment.Scale.narrowband.unimpairedRating

    /// The transmission rating R, 0 to 100; of a wideband codec 0 to 129.
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
        return max(0, min(codec.scale.greatestRating, codec.scale.unimpairedRating - impairment - effective))
    }

    /// The mean opinion score that listeners would give, 1 to 4.5 (G.107 Annex B).
    ///
    /// - Parameters: as of ``rating(lossFraction:burstRatio:delayMilliseconds:codec:)``.
    public static func estimatedMOS(
        lossFraction: Double, burstRatio: Double = 1, delayMilliseconds: Double, codec: EquipmentImpairment = .g711
    ) -> Double {
        let rating = rating(
            lossFraction: lossFraction, burstRatio: burstRatio, delayMilliseconds: delayMilliseconds, codec: codec)
        return meanOpinionScore(rating: rating, scale: codec.scale)
    }

    /// The mean opinion score that belongs to a rating R (G.107 Annex B, G.107.1 Annex A).
    public static func meanOpinionScore(rating: Double, scale: EquipmentImpairment.Scale = .narrowband) -> Double {
        let rating = finite(rating / scale.divisor, 0...100, otherwise: 0)
        let score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
        // The polynomial dips below 1 for ratings under 6.5.
        return max(1, min(4.5, score))
    }

    private static func finite(_ value: Double, _ range: ClosedRange<Double>, otherwise: Double) -> Double {
        value.isNaN ? otherwise : min(max(value, range.lowerBound), range.upperBound)
    }
}
