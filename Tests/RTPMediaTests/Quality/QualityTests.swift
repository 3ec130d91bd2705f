import RTPMedia
import Testing

@Suite("The estimate of quality")
struct QualityTests {
    @Test("is that of a perfect line when nothing goes wrong")
    func unimpaired() {
        #expect(Quality.rating(lossFraction: 0, delayMilliseconds: 0) == Quality.unimpairedRating)
        #expect((4.4...4.42).contains(Quality.estimatedMOS(lossFraction: 0, delayMilliseconds: 0)))
    }

    /// R and MOS as in G.107 Annex B, Table B.1.
    @Test(
        "turns the ratings of G.107 into their scores",
        arguments: [(90.0, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (100, 4.5)])
    func scores(rating: Double, score: Double) {
        #expect(abs(Quality.meanOpinionScore(rating: rating) - score) < 0.011)
    }

    @Test("never rises with loss, whatever the delay", arguments: [0.0, 50, 150, 300, 600])
    func loss(delay: Double) {
        let scores = (0...100).map { Quality.estimatedMOS(lossFraction: Double($0) / 100, delayMilliseconds: delay) }
        for (less, more) in zip(scores, scores.dropFirst()) { #expect(more <= less) }
        #expect(scores[5] < scores[0] - 0.2)
    }

    @Test("never rises with delay, whatever the loss", arguments: [0.0, 0.01, 0.05, 0.2])
    func delay(loss: Double) {
        let scores = stride(from: 0.0, through: 1000, by: 10).map {
            Quality.estimatedMOS(lossFraction: loss, delayMilliseconds: $0)
        }
        for (less, more) in zip(scores, scores.dropFirst()) { #expect(more <= less) }
        #expect(scores[40] < scores[0] - 0.2)
    }

    @Test("punishes bursts more than scattered losses, and a codec without concealment more than one with it")
    func burstsAndCodecs() {
        let scattered = Quality.rating(lossFraction: 0.05, delayMilliseconds: 100)
        #expect(Quality.rating(lossFraction: 0.05, burstRatio: 3, delayMilliseconds: 100) < scattered)
        #expect(
            Quality.rating(lossFraction: 0.05, delayMilliseconds: 100, codec: .g711WithoutConcealment) < scattered - 10)
        #expect(EquipmentImpairment.named("pcmu") == .g711)
        #expect(EquipmentImpairment.named("opus") == .opus)
        #expect(EquipmentImpairment.named("G729") == nil)
    }

    /// Scores of G.722.2 without loss and delay as its Ie,WB gives them on the scale of G.107.1.
    @Test(
        "rates wideband on a scale of its own, which goes to 129",
        arguments: [(8.0, 4.42), (1, 4.49), (13, 4.34), (26, 4.02), (41, 3.51), (56, 2.92)])
    func wideband(equipment: Double, score: Double) {
        let codec = EquipmentImpairment(equipment: equipment, lossRobustness: 4.3, scale: .wideband)
        #expect(Quality.rating(lossFraction: 0, delayMilliseconds: 0, codec: codec) == 129 - equipment)
        #expect(abs(Quality.estimatedMOS(lossFraction: 0, delayMilliseconds: 0, codec: codec) - score) < 0.006)
    }

    @Test("knows the scale of every codec's band")
    func bands() {
        #expect(AudioCodecKind.g722.impairment.scale == .wideband)
        #expect(AudioCodecKind.opus().impairment == .opus)
        #expect(AudioCodecKind.opus(sampleRate: .narrowband).impairment.scale == .narrowband)
        #expect(AudioCodecKind.l16(sampleRate: 8000).impairment == .g711)
        #expect(AudioCodecKind.l16(sampleRate: 16_000).impairment.scale == .wideband)
        for codec in [EquipmentImpairment.g722, .opus, .linearWideband] {
            let scores = (0...50).map {
                Quality.estimatedMOS(lossFraction: Double($0) / 100, delayMilliseconds: 100, codec: codec)
            }
            #expect(zip(scores, scores.dropFirst()).allSatisfy { $1 <= $0 })
            #expect(scores[10] < scores[0] - 0.5)
        }
    }

    @Test("stays within 1 and 4.5 for nonsense", arguments: [-Double.infinity, -1, 0, 2, .infinity, .nan])
    func nonsense(value: Double) {
        for other in [-1.0, 0.1, .nan, .infinity] {
            let score = Quality.estimatedMOS(lossFraction: value, burstRatio: other, delayMilliseconds: other)
            #expect((1...4.5).contains(score))
            #expect((1...4.5).contains(Quality.estimatedMOS(lossFraction: other, delayMilliseconds: value)))
            #expect((1...4.5).contains(Quality.meanOpinionScore(rating: value)))
        }
    }
}
