/// What a codec costs on a scale of the E-model (ITU-T G.107, G.107.1; its figures are those of G.113).
public struct EquipmentImpairment: Sendable, Hashable {
    /// The E-model has a scale of its own for each band: scores of different scales don't compare.
    public enum Scale: Sendable, Hashable {
        /// 300 to 3 400 Hz (ITU-T G.107).
        case narrowband
        /// 50 to 7 000 Hz (ITU-T G.107.1).
        case wideband

        /// R of a connection on which nothing goes wrong (G.107 §7.7, G.107.1 §7.7).
        public var unimpairedRating: Double {
            switch self {
            case .narrowband: 93.2
            case .wideband: 129
            }
        }

        /// The greatest R.
        var greatestRating: Double { self == .narrowband ? 100 : 129 }
        /// What R is divided by before it becomes a score (G.107.1 Annex A).
        var divisor: Double { self == .narrowband ? 1 : 1.29 }
    }

    /// Ie: what the codec costs without loss (ITU-T G.113, Table I.1; Ie,WB of Table IV.1).
    public var equipment: Double
    /// Bpl: how well it stands loss (ITU-T G.113, Table I.2; Bpl,WB of Table IV.4).
    public var lossRobustness: Double
    /// The scale of R that the two figures are on.
    public var scale: Scale

    /// - Parameters:
    ///   - equipment: Ie, on the scale of R.
    ///   - lossRobustness: Bpl, in percent of loss.
    ///   - scale: of the codec's band.
    public init(equipment: Double, lossRobustness: Double, scale: Scale = .narrowband) {
        self.equipment = equipment
        self.lossRobustness = lossRobustness
        self.scale = scale
    }

    /// G.711 with the concealment of its Appendix I, which is what ``JitterBuffer`` does. Published.
    public static let g711 = EquipmentImpairment(equipment: 0, lossRobustness: 25.1)
    /// G.711 where lost packets become silence. Published.
    public static let g711WithoutConcealment = EquipmentImpairment(equipment: 0, lossRobustness: 4.3)
    /// G.722 at 64 kbit/s. Ie,WB is published (G.113, Table IV.1). For its robustness there is no published figure known
    /// here: that of G.722.2 at 12.65 kbit/s stands in, an estimate.
    public static let g722 = EquipmentImpairment(equipment: 13, lossRobustness: 4.3, scale: .wideband)
    /// Opus as wideband speech. G.113 has no figures for it, both are estimates: those of G.722.2 at 23.85 and at
    /// 12.65 kbit/s.
    public static let opus = EquipmentImpairment(equipment: 8, lossRobustness: 4.3, scale: .wideband)
    /// Opus where the sound is narrow-band. An estimate: the codec itself as GSM-EFR, loss as G.711 with concealment.
    public static let opusNarrowband = EquipmentImpairment(equipment: 5, lossRobustness: 25.1)
    /// Samples as they are, wideband. Ie,WB is 0 by definition, the robustness an estimate as for ``g722``.
    public static let linearWideband = EquipmentImpairment(equipment: 0, lossRobustness: 4.3, scale: .wideband)

    /// The figures for a codec by its RTP name; `nil` where there are none. L16 has no band of its own: see
    /// ``AudioCodecKind/impairment``.
    public static func named(_ codec: String) -> EquipmentImpairment? {
        switch codec.uppercased() {
        case "PCMU", "PCMA": .g711
        case "G722": .g722
        case "OPUS": .opus
        default: nil
        }
    }
}

extension AudioCodecKind {
    /// What the codec costs on the E-model's scale of its band. What is wider than wideband counts as wideband.
    public var impairment: EquipmentImpairment {
        switch self {
        case .pcmu, .pcma: .g711
        case .g722: .g722
        case .opus: sampleRate < 16_000 ? .opusNarrowband : .opus
        case .l16: sampleRate < 16_000 ? .g711 : .linearWideband
        }
    }
}
