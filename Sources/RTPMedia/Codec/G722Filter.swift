/// The quadrature mirror filter of ITU-T G.722 (§3.1, §4.4): 24 taps, of which every second one works on every second
/// value. It takes the values of two series and tells two sums for each pair.
struct G722Filter {
    /// Pairs that are filtered in one go.
    static let block = 160
    private static let past = 11

    typealias Series = InlineArray<172, Int16>
    typealias Sums = InlineArray<160, Int32>

    private var first = Series(repeating: 0)
    private var second = Series(repeating: 0)

    /// Where the values of a block go, behind those of the one before.
    @inline(__always)
    mutating func set(_ index: Int, first one: Int16, second other: Int16) {
        first[Self.past &+ index] = one
        second[Self.past &+ index] = other
    }

    /// The sums over the first and over the second series, for each of the pairs that were set; then the last ones
    /// become the past.
    @inline(__always)
    mutating func filter(_ count: Int, _ ahead: inout Sums, _ behind: inout Sums) {
        let count = min(max(count, 0), Self.block)
        Self.sumForward(first.span, count, &ahead)
        Self.sumBackward(second.span, count, &behind)
        for index in 0..<Self.past {
            first[index] = first[count &+ index]
            second[index] = second[count &+ index]
        }
    }

    /// Half of the taps of the filter (Table 4).
    @inline(__always)
    private static func sumForward(_ series: Span<Int16>, _ count: Int, _ sums: inout Sums) {
        let (s0, s1) = (series.extracting(0..<0 &+ count), series.extracting(1..<1 &+ count))
        let (s2, s3) = (series.extracting(2..<2 &+ count), series.extracting(3..<3 &+ count))
        let (s4, s5) = (series.extracting(4..<4 &+ count), series.extracting(5..<5 &+ count))
        let (s6, s7) = (series.extracting(6..<6 &+ count), series.extracting(7..<7 &+ count))
        let (s8, s9) = (series.extracting(8..<8 &+ count), series.extracting(9..<9 &+ count))
        let (s10, s11) = (series.extracting(10..<10 &+ count), series.extracting(11..<11 &+ count))
        var target = sums.mutableSpan
        for index in 0..<min(count, target.count) {
            let one =
                Int32(s0[index]) &* 3 &+ Int32(s1[index]) &* -11
                &+ Int32(s2[index]) &* 12 &+ Int32(s3[index]) &* 32
            let two =
                Int32(s4[index]) &* -210 &+ Int32(s5[index]) &* 951
                &+ Int32(s6[index]) &* 3876 &+ Int32(s7[index]) &* -805
            let three =
                Int32(s8[index]) &* 362 &+ Int32(s9[index]) &* -156
                &+ Int32(s10[index]) &* 53 &+ Int32(s11[index]) &* -11
            target[index] = one &+ two &+ three
        }
    }

    /// The other half: the same, backward.
    @inline(__always)
    private static func sumBackward(_ series: Span<Int16>, _ count: Int, _ sums: inout Sums) {
        let (s0, s1) = (series.extracting(0..<0 &+ count), series.extracting(1..<1 &+ count))
        let (s2, s3) = (series.extracting(2..<2 &+ count), series.extracting(3..<3 &+ count))
        let (s4, s5) = (series.extracting(4..<4 &+ count), series.extracting(5..<5 &+ count))
        let (s6, s7) = (series.extracting(6..<6 &+ count), series.extracting(7..<7 &+ count))
        let (s8, s9) = (series.extracting(8..<8 &+ count), series.extracting(9..<9 &+ count))
        let (s10, s11) = (series.extracting(10..<10 &+ count), series.extracting(11..<11 &+ count))
        var target = sums.mutableSpan
        for index in 0..<min(count, target.count) {
            let one =
                Int32(s0[index]) &* -11 &+ Int32(s1[index]) &* 53
                &+ Int32(s2[index]) &* -156 &+ Int32(s3[index]) &* 362
            let two =
                Int32(s4[index]) &* -805 &+ Int32(s5[index]) &* 3876
                &+ Int32(s6[index]) &* 951 &+ Int32(s7[index]) &* -210
            let three =
                Int32(s8[index]) &* 32 &+ Int32(s9[index]) &* 12
                &+ Int32(s10[index]) &* -11 &+ Int32(s11[index]) &* 3
            target[index] = one &+ two &+ three
        }
    }
}
