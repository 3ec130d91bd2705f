/// The numbers of ITU-T G.722.
enum G722Tables {
    /// Where the 30 levels of the lower band's quantizer begin (Q6); the last one thrice.
    static let decisions: InlineArray<32, Int32> = [
        0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
        1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919, 2919, 2919,
    ]

    /// The output code of each level, for negative differences and then for the others (ILN, ILP).
    static let codes: InlineArray<64, UInt8> = [
        63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
        4, 4, 4,
        61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34,
        33, 32, 32, 32,
    ]

    /// The inverse quantizer of four bits, which both ends adapt by (QM4).
    static let inverse4: InlineArray<16, Int16> = [
        0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
    ]

    /// How the logarithm of the lower band's step changes with each code of four bits (WL by RL42).
    static let lowerChanges: InlineArray<16, Int16> = [
        -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
    ]

    /// The inverse quantizer of the upper band (QM2).
    static let inverse2: InlineArray<4, Int16> = [-7408, -1616, 7408, 1616]

    /// How the logarithm of the upper band's step changes with each of its codes (WH by RH2).
    static let upperChanges: InlineArray<4, Int16> = [798, -214, 798, -214]

    static let lowerLimit: Int32 = 18_432
    static let upperLimit: Int32 = 22_528

    /// The steps of the lower band by the upper bits of their logarithm.
    static let lowerSteps = steps(limit: lowerLimit, exponent: 8)
    /// Those of the upper band.
    static let upperSteps = steps(limit: upperLimit, exponent: 10)

    /// The inverse quantizer of a decoder that gets all six bits of the lower band (QM6).
    static let inverse6: [Int16] = [
        -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
        -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
        -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
        4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
    ]

    /// That of one that gets five of them (QM5), the sixth counting for nothing.
    static let inverse5: [Int16] = (0..<64).map { inverseOfFive[$0 / 2] }

    /// That of one that gets four of them (QM4), the others counting for nothing.
    static let inverse4AtSixBits: [Int16] = (0..<64).map { inverse4[$0 / 4] }

    private static let inverseOfFive: [Int16] = [
        -280, -280, -23352, -17560, -14120, -11664, -9752, -8184, -6864, -5712, -4696, -3784, -2960, -2208, -1520, -880,
        23352, 17560, 14120, 11664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280, -280,
    ]

    /// 2048 times the powers of two in steps of a 32nd (ILB).
    private static let powers: [Int32] = [
        2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960,
        3025,
        3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
    ]

    private static func steps(limit: Int32, exponent: Int32) -> [Int16] {
        (0...limit >> 6).map { index in
            let power = powers[Int(index & 31)]
            let shift = exponent - index >> 5
            return Int16(truncatingIfNeeded: (shift < 0 ? power << -shift : power >> shift) << 2)
        }
    }
}
