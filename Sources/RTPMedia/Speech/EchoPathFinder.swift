/// Finds how much later our own voice comes back, up to 800 ms.
///
/// Both sounds are brought down to 2 kHz, where a voice has most of its energy and 0.5 ms tell delays apart. For each delay
/// a running correlation is kept that forgets in about 0.4 s. Frames count by their shape, not by their loudness, so that a
/// loud syllable can't outweigh all others.
struct EchoPathFinder: Sendable {
    struct Match: Sendable, Equatable {
        /// Samples at 8 kHz from played to heard.
        var delay: Float
        /// How alike the two are there, 0 to 1.
        var likeness: Float
        /// Power of what was heard over that of what was played.
        var gain: Float
    }

    /// The longest delay, in samples at 2 kHz, and at 8 kHz.
    private static let reach = 1600
    static let longest = Float(4 * reach)
    private static let frame = 40
    /// What 20 ms keep of the frames before.
    private static let memory: Float = 0.951
    /// Keeps what is forgotten from becoming too small to count with quickly.
    private static let trace: Float = 1e-20
    /// The power of a sample below which sound has no shape: −70 dBov.
    private static let quiet: Float = 100

    private var heardBand = LowBand()
    private var playedBand = LowBand()
    private var heard = [Float](repeating: 0, count: frame)
    /// What was played, oldest first; the last `reach + frame` before `end` are in use.
    private var played = [Float](repeating: 0, count: 4 * reach)
    private var end = reach + frame
    /// For each start within `played` the products, the last start without delay; and for each eight the energy.
    private var products = [Float](repeating: 0, count: reach)
    private var energies = [Float](repeating: 0, count: reach / 8)
    private var heardEnergy: Float = 0

    init() {}

    /// Takes 20 ms of both at 8 kHz.
    ///
    /// - Parameter correlates: whether to work on them; otherwise they only become part of the past.
    mutating func add(heard newHeard: [Float], played newPlayed: [Float], correlates: Bool) {
        if end + Self.frame > played.count {
            let (kept, old) = (Self.reach, end)
            end = kept
            var samples = played.mutableSpan
            for index in 0..<kept { samples[index] = samples[old - kept + index] }
        }
        playedBand.reduce(newPlayed, into: &played, at: end)
        heardBand.reduce(newHeard, into: &heard, at: 0)
        end += Self.frame
        if correlates { correlate() }
    }

    private mutating func correlate() {
        let start = end - Self.reach - Self.frame + 1
        guard start >= 0, end <= played.count else { return }
        var energy: Float = 0
        for sample in heard { energy += sample * sample }
        // A sound counts by its shape.
        let weight = 1 / (energy + Self.quiet * Float(Self.frame))
        heardEnergy = heardEnergy * Self.memory + energy * weight
        Self.multiply(heard, weight: weight, played, from: start, into: &products)
        Self.measure(played, from: start, weight: weight, into: &energies)
    }

    private static func multiply(
        _ heard: [Float], weight: Float, _ played: [Float], from start: Int, into products: inout [Float]
    ) {
        let now = heard.span
        let past = played.span.extracting(start..<start + reach + frame - 1)
        var sums = products.mutableSpan
        guard sums.count == reach, now.count == frame else { return }
        for index in 0..<reach { unsafe sums[unchecked: index] = sums[unchecked: index] * memory + trace }
        for first in stride(from: 0, to: frame, by: 8) {
            let a = now[first] * weight
            let b = now[first + 1] * weight
            let c = now[first + 2] * weight
            let d = now[first + 3] * weight
            let e = now[first + 4] * weight
            let f = now[first + 5] * weight
            let g = now[first + 6] * weight
            let h = now[first + 7] * weight
            // `past` has reach + frame − 1 samples: the last one read is at first + 7 + reach − 1.
            let from = past.extracting(first..<first + reach + 7)
            for index in 0..<reach {
                let one = unsafe a * from[unchecked: index] + b * from[unchecked: index + 1]
                let two = unsafe c * from[unchecked: index + 2] + d * from[unchecked: index + 3]
                let three = unsafe e * from[unchecked: index + 4] + f * from[unchecked: index + 5]
                let four = unsafe g * from[unchecked: index + 6] + h * from[unchecked: index + 7]
                unsafe sums[unchecked: index] += (one + two) + (three + four)
            }
        }
    }

    /// Of eight starts one is measured, the middle one.
    private static func measure(_ played: [Float], from start: Int, weight: Float, into energies: inout [Float]) {
        let past = played.span.extracting(start + 4..<start + reach + frame - 4)
        var all = energies.mutableSpan
        guard all.count == reach / 8 else { return }
        var blocks = (Float(0), Float(0), Float(0), Float(0), Float(0))
        for block in 0..<reach / 8 + 4 {
            var sum: Float = 0
            for index in 0..<8 {
                let sample = unsafe past[unchecked: block * 8 + index]
                sum += sample * sample
            }
            blocks = (blocks.1, blocks.2, blocks.3, blocks.4, sum)
            guard block >= 4 else { continue }
            let energy = blocks.0 + blocks.1 + blocks.2 + blocks.3 + blocks.4
            all[block - 4] = all[block - 4] * memory + energy * weight + trace
        }
    }

    /// The delay at which both are most alike.
    func match() -> Match {
        var best = 0
        var highest: Float = 0
        let sums = products.span
        let all = energies.span
        // Played sound below −70 dBov is as good as none.
        let floor = heardEnergy * 1e-4 + 1e-6
        for index in 0..<Self.reach {
            let product = unsafe sums[unchecked: index]
            let likeness = unsafe product * product / (all[unchecked: index >> 3] + floor)
            if likeness > highest { (highest, best) = (likeness, index) }
        }
        return match(at: best)
    }

    /// The best match less than 2 ms from a delay in samples at 8 kHz.
    func match(near delay: Float) -> Match {
        let middle = Self.reach - 1 - Int(max(0, min(Float(4 * Self.reach), delay)) / 4)
        var best = max(0, min(Self.reach - 1, middle))
        for index in max(0, middle - 4)...max(0, min(Self.reach - 1, middle + 4))
        where abs(products[index]) > abs(products[best]) {
            best = index
        }
        return match(at: best)
    }

    private func match(at index: Int) -> Match {
        let energy = energies[index >> 3] + heardEnergy * 1e-4 + 1e-6
        let likeness = abs(products[index]) / (energy * (heardEnergy + 1e-6)).squareRoot()
        // Between the samples the correlation is about a parabola.
        var shift: Float = 0
        if index > 0, index + 1 < Self.reach {
            let (before, here, after) = (abs(products[index - 1]), abs(products[index]), abs(products[index + 1]))
            let bend = before - 2 * here + after
            if bend < 0 { shift = max(-0.5, min(0.5, 0.5 * (before - after) / bend)) }
        }
        let delay = Float(Self.reach - 1 - index) - shift
        return Match(
            delay: max(0, delay * 4), likeness: min(1, likeness), gain: heardEnergy / energy)
    }

    /// Forgets what was heard and played.
    mutating func reset() { self = EchoPathFinder() }
}
