/// Makes the tones of keys, for a line that carries no telephone-events (ITU-T Q.23).
public struct ToneGenerator: Sendable {
    /// Keys and pauses that may wait; more are not taken.
    public static let capacity = 256

    /// Samples per second, 8 000 to 48 000.
    public private(set) var sampleRate: Int
    private var tone: Int
    private var gap: Int
    private var ramp: Int
    private let low: Double
    private let high: Double
    private var waiting: [Step] = []
    private var place = 0

    private enum Step {
        case key(low: Double, high: Double)
        case pause
    }

    /// - Parameters:
    ///   - sampleRate: 8 000 to 48 000 Hz; clamped.
    ///   - tone: how long each tone is, 40 ms to 10 s.
    ///   - gap: the silence behind it, 40 ms to 10 s.
    ///   - level: of the lower frequency, in dB below a sine of full scale, 3 to 40; the higher is 2 dB louder, as lines
    ///     take more of it.
    public init(
        sampleRate: Int = 8000, tone: Duration = .milliseconds(100), gap: Duration = .milliseconds(60), level: Int = 15
    ) {
        self.sampleRate = min(max(sampleRate, 8000), 48_000)
        self.tone = Self.samples(tone, self.sampleRate)
        self.gap = Self.samples(gap, self.sampleRate)
        ramp = self.sampleRate / 500
        // 10^(-1/20) for each decibel.
        low = 32_767 * (0..<min(max(level, 3), 40)).reduce(1.0) { product, _ in product * 0.891_250_938 }
        high = low * 1.258_925_412
    }

    /// The sound goes on at another rate: so do the keys that are being played and those that wait.
    public mutating func changeSampleRate(to rate: Int) {
        let before = sampleRate
        sampleRate = min(max(rate, 8000), 48_000)
        tone = tone * sampleRate / before
        gap = gap * sampleRate / before
        ramp = sampleRate / 500
        place = place * sampleRate / before
    }

    /// Whether keys or pauses are being played or wait.
    public var isPlaying: Bool { !waiting.isEmpty }

    /// Queues the keys 0 to 9, `*`, `#`, A to D and the pause `,` of 500 ms; other characters are passed over.
    ///
    /// - Returns: how many were queued.
    @discardableResult public mutating func enqueue(_ digits: String) -> Int {
        let before = waiting.count
        for character in digits where waiting.count < Self.capacity {
            if character == "," {
                waiting.append(.pause)
            } else if let frequencies = Self.frequencies(of: character) {
                waiting.append(.key(low: frequencies.low, high: frequencies.high))
            }
        }
        return waiting.count - before
    }

    /// Appends the next `count` samples; silence when nothing waits.
    public mutating func render(_ count: Int, into samples: inout [Int16]) {
        for _ in 0..<max(0, count) { samples.append(next()) }
    }

    /// The two frequencies of a key in hertz; `nil` for what is no key.
    public static func frequencies(of key: Character) -> (low: Double, high: Double)? {
        guard let code = TelephoneEvent.code(ofKey: key) else { return nil }
        // 0 to 9, then * # A B C D, as rows and columns.
        let row = [3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 0, 1, 2, 3]
        let column = [1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 3, 3, 3, 3]
        let index = Int(code)
        guard row.indices.contains(index) else { return nil }
        return ([697, 770, 852, 941][row[index]], [1209, 1336, 1477, 1633][column[index]])
    }

    private mutating func next() -> Int16 {
        guard let step = waiting.first else { return 0 }
        let length: Int
        var value = 0.0
        switch step {
        case .pause:
            length = sampleRate / 2
        case .key(let lower, let upper):
            length = tone + gap
            if place < tone {
                // Rising and falling softly: a hard edge is a click.
                let edge = min(place, tone - 1 - place)
                let rise = edge < ramp ? Double(edge + 1) / Double(ramp + 1) : 1
                let time = Double(place) / Double(sampleRate)
                value = rise * (low * Circle.sine(turns: lower * time) + high * Circle.sine(turns: upper * time))
            }
        }
        place += 1
        if place >= length {
            place = 0
            waiting.removeFirst()
        }
        return Int16(min(max(value, -32_767), 32_767).rounded())
    }

    private static func samples(_ duration: Duration, _ sampleRate: Int) -> Int {
        let bounded = min(max(duration, .milliseconds(40)), .seconds(10))
        let (seconds, attoseconds) = bounded.components
        return Int(seconds) * sampleRate + Int(attoseconds / 1_000_000_000_000_000) * sampleRate / 1000
    }
}
