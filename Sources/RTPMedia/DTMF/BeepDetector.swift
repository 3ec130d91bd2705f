/// Finds a single steady tone in the sound: the beep of a voicemail, the tones of a fax machine.
///
/// Every 10 ms it looks at the last 32 ms: whether one frequency from 300 to 2 500 Hz makes up nearly all of it. Where that
/// goes on at the same frequency and level for long enough, it is a tone. A voice has overtones and is never as steady; of
/// the two tones of a key, a ringing or a busy line neither makes up nearly all.
public struct BeepDetector: Sendable {
    public enum Event: Sendable, Equatable {
        /// It has lasted for about 120 ms, for 200 ms where a voice has its lowest overtones.
        case started(hertz: Double)
        /// How long it was, to about 20 ms.
        case ended(hertz: Double, duration: Duration)
    }

    /// Samples per second of the sound.
    public let sampleRate: Int
    private var decimator: ToneDetector.Decimator
    private var window = [Float](repeating: 0, count: Spectrum256.length)
    private var fresh = 0
    private var spectrum = Spectrum256()

    /// Of the looks in a row that agree: their mean frequency, their power, and how many they are.
    private var frequency: Float = 0
    private var power: Float = 0
    private var agreed = 0
    private var missed = 0
    private var isTold = false

    private static let hop = 80
    /// -45 dBm0.
    private static let quietest: Float = 32_768 * 32_768 / 2 * 1.5e-5
    /// Below it a voice may hum.
    private static let voiceLike: Float = 700
    /// Looks without it after which a tone is over: 2 100 Hz turns its phase round every 450 ms (ITU-T V.8).
    private static let patience = 4

    /// - Parameter sampleRate: 8 000 or a multiple of it, up to 48 000.
    /// - Returns: `nil` for any other rate.
    public init?(sampleRate: Int) {
        guard let decimator = ToneDetector.Decimator(from: sampleRate) else { return nil }
        self.decimator = decimator
        self.sampleRate = sampleRate
    }

    /// Takes the next sound of the stream, in pieces of any length.
    public mutating func receive(_ samples: Span<Int16>) -> [Event] {
        var events: [Event] = []
        for index in samples.indices {
            guard let sample = decimator.take(Float(samples[index])) else { continue }
            if fresh == 0 {
                for place in 0..<(window.count - Self.hop) { window[place] = window[place + Self.hop] }
            }
            window[window.count - Self.hop + fresh] = sample
            fresh += 1
            guard fresh == Self.hop else { continue }
            fresh = 0
            if let event = look() { events.append(event) }
        }
        return events
    }

    private mutating func look() -> Event? {
        guard let (hertz, level) = tone() else { return miss() }
        if agreed > 0, abs(hertz - frequency) < max(10, frequency * 0.01), level < power * 2, power < level * 2 {
            frequency += (hertz - frequency) * 0.2
            power += (level - power) * 0.2
            agreed += 1 + missed
            missed = 0
        } else if isTold {
            return miss()
        } else {
            (frequency, power, agreed, missed) = (hertz, level, 1, 0)
        }
        guard !isTold, agreed >= (frequency < Self.voiceLike ? 17 : 9) else { return nil }
        isTold = true
        return .started(hertz: Double(frequency))
    }

    private mutating func miss() -> Event? {
        guard isTold else {
            agreed = 0
            return nil
        }
        missed += 1
        guard missed > Self.patience else { return nil }
        defer { (agreed, missed, isTold) = (0, 0, false) }
        // The first look that agrees sees some 28 ms of it.
        return .ended(hertz: Double(frequency), duration: .milliseconds(agreed * 10 + 20))
    }

    /// The frequency and power of what makes up the window, when one tone does.
    private mutating func tone() -> (hertz: Float, power: Float)? {
        // Two tones close together beat: of one, every part of the window has as much as any other.
        var (least, most): (Float, Float) = (.infinity, 0)
        for block in 0..<4 {
            var energy: Float = 0
            for index in block * 64..<(block + 1) * 64 { energy += window[index] * window[index] }
            least = min(least, energy)
            most = max(most, energy)
        }
        let level = most / 64
        guard level > Self.quietest, most < least * 2.5 else { return nil }
        spectrum.take(window)
        var (sum, highest): (Float, Int) = (0, 10)
        for index in 5...115 {
            sum += spectrum.powers[index]
            if (10...80).contains(index), spectrum.powers[index] > spectrum.powers[highest] { highest = index }
        }
        let peak = spectrum.powers[(highest - 2)...(highest + 2)].reduce(0, +)
        let hertz = spectrum.frequency(near: highest)
        guard (295...2_505).contains(hertz), peak > sum * (hertz < Self.voiceLike ? 0.93 : 0.78) else { return nil }
        return (hertz, level)
    }
}
