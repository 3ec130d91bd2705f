import Foundation
import RTPMedia

/// How alike what was heard is to what was played, in any of the ways in which sound survives a call: later, louder or
/// softer, and with pauses stretched by a jitter buffer.
///
/// What was played is cut into pieces of 200 ms. Each piece is looked for in what was heard, near the place where the
/// loudest one was found, and gets the normalised cross-correlation there: 1 for the same wave form, 0 for another.
/// White noise `n` dB below the sound leaves `1 / sqrt(1 + 10^(-n/10))` of it: 0.995 at 20 dB, 0.953 at 10 dB.
struct Similarity: Sendable, CustomStringConvertible {
    struct Piece: Sendable {
        /// How much later it was heard than played, in samples.
        var lag: Double
        var coefficient: Double
    }

    /// Of the pieces in which something was played, in order.
    let pieces: [Piece]
    let sampleRate: Int

    /// Three quarters of the sound are at least as alike as this. Where a jitter buffer stretches the sound, because a
    /// processor had something else to do, a piece is torn in two; in another codec, band or rate most of them are lost.
    var coefficient: Double {
        pieces.isEmpty ? 0 : pieces.map(\.coefficient).sorted()[pieces.count / 4]
    }

    /// The whole sound is at least as alike as this.
    var weakest: Double { pieces.map(\.coefficient).min() ?? 0 }

    /// How much later the sound was heard than played, in milliseconds.
    var lag: Double {
        pieces.isEmpty ? 0 : pieces.map(\.lag).sorted()[pieces.count / 2] * 1_000 / Double(sampleRate)
    }

    var description: String {
        let all = pieces.map { String(format: "%.3f", $0.coefficient) }.joined(separator: " ")
        return String(format: "%.4f at %.1f ms (", coefficient, lag) + all + ")"
    }

    /// How much of its wave form a sound keeps in a codec. L16 loses nothing; G.711 leaves noise 38 dB below the sound
    /// (0.9999); G.722 has two bits a sample for what is above 4 kHz, and a filter that ends at 7 kHz (0.987 there).
    /// Opus is made for ears, and has more freedom than a wave form shows (0.97 was measured, of all but a quarter).
    static func bound(of codec: AudioCodecKind) -> Double {
        switch codec {
        case .l16: 0.9999
        case .pcmu, .pcma: 0.998
        case .g722: 0.98
        case .opus: 0.95
        }
    }

    /// - Parameters:
    ///   - heard: what came out.
    ///   - played: what went in, at the same sample rate.
    init(of heard: [Int16], to played: [Int16], sampleRate: Int) {
        self.sampleRate = sampleRate
        // The coarse look is at 4 kHz; the loudest 400 ms of what was played are found anywhere in what was heard.
        let step = max(1, sampleRate / 4_000)
        let (coarsePlayed, coarseHeard) = (Wave(played, everyOf: step), Wave(heard, everyOf: step))
        let anchorLength = min(1_600, coarsePlayed.count)
        let anchor = stride(from: 0, through: coarsePlayed.count - anchorLength, by: 400).max {
            coarsePlayed.energy(from: $0, count: anchorLength) < coarsePlayed.energy(from: $1, count: anchorLength)
        }
        guard let anchor, anchorLength > 0, !heard.isEmpty else {
            pieces = []
            return
        }
        let everywhere = -anchor...max(-anchor, coarseHeard.count - anchor)
        let coarse = coarsePlayed.best(from: anchor, count: anchorLength, in: coarseHeard, lags: everywhere) * step

        let (fullPlayed, fullHeard) = (Wave(played, everyOf: 1), Wave(heard, everyOf: 1))
        let (length, around) = (sampleRate / 5, sampleRate * 40 / 1_000)
        let loud = fullPlayed.energy(from: 0, count: fullPlayed.count) / Double(max(1, fullPlayed.count)) / 100
        pieces = stride(from: 0, through: played.count - length, by: length).compactMap { start in
            // In pauses there is nothing to be recognised.
            guard fullPlayed.energy(from: start, count: length) > loud * Double(length) else { return nil }
            let lag = fullPlayed.best(
                from: start, count: length, in: fullHeard, lags: coarse - around...coarse + around)
            return fullPlayed.piece(from: start, count: length, in: fullHeard, near: lag)
        }
    }
}

/// Samples with the running sum of their squares. Outside of it there is silence.
private struct Wave {
    private let samples: [Float]
    /// `sums[n]` is the energy of the first `n` samples.
    private let sums: [Double]

    init(_ pcm: [Int16], everyOf step: Int) {
        samples = stride(from: 0, to: pcm.count - step + 1, by: step).map { start in
            Float(pcm[start..<start + step].reduce(0) { $0 + Int($1) }) / Float(step)
        }
        var sum = 0.0
        sums =
            [0]
            + samples.map { sample in
                sum += Double(sample) * Double(sample)
                return sum
            }
    }

    var count: Int { samples.count }

    func energy(from start: Int, count: Int) -> Double {
        sums[min(max(start + count, 0), samples.count)] - sums[min(max(start, 0), samples.count)]
    }

    /// The cross-correlation of a piece with what stands `lag` samples later in another wave.
    func product(from start: Int, count: Int, with other: Wave, lag: Int) -> Double {
        let first = max(start, -lag)
        let end = min(start + count, other.count - lag)
        guard first < end else { return 0 }
        return samples.withUnsafeBufferPointer { mine in
            other.samples.withUnsafeBufferPointer { theirs in
                var (sum, index) = (Float(0), first)
                while index < end {
                    sum += mine[index] * theirs[index &+ lag]
                    index &+= 1
                }
                return Double(sum)
            }
        }
    }

    private func coefficient(_ product: Double, from start: Int, count: Int, in other: Wave, lag: Int) -> Double {
        let energy = self.energy(from: start, count: count) * other.energy(from: start + lag, count: count)
        return energy > 0 ? product / energy.squareRoot() : 0
    }

    /// The lag at which a piece is most alike to another wave.
    func best(from start: Int, count: Int, in other: Wave, lags: ClosedRange<Int>) -> Int {
        var best = (lag: lags.lowerBound, coefficient: -Double.infinity)
        for lag in lags {
            let product = product(from: start, count: count, with: other, lag: lag)
            let coefficient = coefficient(product, from: start, count: count, in: other, lag: lag)
            if coefficient > best.coefficient { best = (lag, coefficient) }
        }
        return best.lag
    }

    /// The likeness of a piece at a lag that need not be a whole number of samples, as those of resamplers and filter
    /// banks are not: the cross-correlation is as band-limited as the sound is, and so is known between its samples.
    func piece(from start: Int, count: Int, in other: Wave, near lag: Int) -> Similarity.Piece {
        let reach = 12
        let products = (-reach...reach).map { product(from: start, count: count, with: other, lag: lag + $0) }
        var best = Similarity.Piece(lag: Double(lag), coefficient: -1)
        for eighth in -8...8 {
            let shift = Double(eighth) / 8
            var product = 0.0
            for (index, value) in products.enumerated() {
                let distance = shift - Double(index - reach)
                let window = 0.5 + 0.5 * cos(.pi * distance / Double(reach + 1))
                product += value * (distance == 0 ? 1 : sin(.pi * distance) / (.pi * distance)) * window
            }
            let coefficient = coefficient(product, from: start, count: count, in: other, lag: lag)
            if coefficient > best.coefficient {
                best = Similarity.Piece(lag: Double(lag) + shift, coefficient: min(1, coefficient))
            }
        }
        return best
    }
}
