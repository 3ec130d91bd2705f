/// Tells the keys of a telephone from their tones in the sound (ITU-T Q.23, Q.24).
///
/// Every 5 ms it looks at the last 25 ms: whether two tones, one of each group, make up the sound, with the right
/// frequencies and about as loud as each other, and no overtones. Four looks in a row that agree are a key; tones of
/// 40 ms are long enough, those below 25 ms are not. What people say has overtones, and holds no pair of frequencies for
/// as long.
public struct ToneDetector: Sendable {
    /// A key that was heard, and for how long, to about 10 ms.
    public typealias Press = TelephoneEventReceiver.Press

    /// The key that is being heard; `nil` between keys.
    public private(set) var pressed: Character?

    /// Samples per second of the sound.
    public let sampleRate: Int
    private var decimator: Decimator
    private var window = Window()
    /// What the last look found, whether it was a key or not.
    private var before: Look?
    private var candidate: Character?
    /// Looks in a row that found the candidate.
    private var agreed = 0
    /// Steps since the last look, and since the stream began.
    private var unseen = 0
    private var steps: UInt8 = 0
    /// Looks since the key that is pressed began, and those since it was last found.
    private var looks = 0
    private var missed = 0

    /// - Parameter sampleRate: 8 000 or a multiple of it, up to 48 000.
    /// - Returns: `nil` for any other rate.
    public init?(sampleRate: Int) {
        guard let decimator = Decimator(from: sampleRate) else { return nil }
        self.decimator = decimator
        self.sampleRate = sampleRate
    }

    /// Takes the next sound of the stream, in pieces of any length.
    ///
    /// - Returns: the keys that were let go of meanwhile, in order.
    public mutating func receive(_ samples: Span<Int16>) -> [Press] {
        var presses: [Press] = []
        for index in samples.indices {
            guard let sample = decimator.take(Float(samples[index])), window.take(sample) else { continue }
            unseen += 1
            steps &+= 1
            look(&presses)
        }
        return presses
    }

    /// The stream has ended or another begins: tells the key that is being heard, and forgets all else.
    public mutating func reset() -> Press? {
        defer {
            decimator.reset()
            window = Window()
            before = nil
            (unseen, steps) = (0, 0)
        }
        return release()
    }

    /// Looks when it is time.
    ///
    /// As long as no key shows, every fourth look is enough: when it finds nothing, the three before can't have been a key
    /// either, for that takes four in a row. When it finds what may be one, the three are made up for.
    private mutating func look(_ presses: inout [Press]) {
        let isIdle = pressed == nil && agreed == 0
        if isIdle, steps % Self.needed != 0 { return }
        let now = window.look(back: 0)
        if isIdle, now?.mayBeKey != true {
            before = now
        } else {
            for back in (1..<max(1, unseen)).reversed() {
                if let press = judge(window.look(back: back), back) { presses.append(press) }
            }
            if let press = judge(now, 0) { presses.append(press) }
        }
        unseen = 0
    }

    private mutating func judge(_ now: Look?, _ back: Int) -> Press? {
        var found: Character?
        if let now, let before { found = window.key(now, after: before, back: back) }
        before = now
        if let found, found == candidate {
            agreed += 1
        } else {
            candidate = found
            agreed = found == nil ? 0 : 1
        }
        looks += 1
        var over: Press?
        if let pressed {
            missed = found == pressed ? 0 : missed + 1
            // A gap of 10 ms takes the tone out of six looks, a pause of 40 ms out of ten.
            if missed >= 8 || agreed >= Int(Self.needed) && candidate != pressed { over = release() }
        }
        if pressed == nil, agreed >= Int(Self.needed), let candidate {
            pressed = candidate
            looks = agreed
            missed = 0
        }
        return over
    }

    private mutating func release() -> Press? {
        guard let key = pressed else { return nil }
        pressed = nil
        agreed = 0
        candidate = nil
        // The first look that agrees sees about 15 ms of the tone.
        let milliseconds = (looks - missed) * 5 + 10
        return Press(key: key, duration: .milliseconds(milliseconds))
    }

    private static let needed: UInt8 = 4
}
