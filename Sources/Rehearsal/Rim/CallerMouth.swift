/// What the caller says, 20 ms after 20 ms.
struct CallerMouth: Sendable {
    private let frameCount: Int
    private var speech: [Int16] = []
    private var spoken = 0

    /// - Parameter sampleRate: of the call.
    init(sampleRate: Int) {
        frameCount = sampleRate / 50
    }

    mutating func say(_ samples: [Int16]) {
        speech = samples
        spoken = 0
    }

    /// The next 20 ms, and whether speech has ended with them.
    mutating func next() -> (samples: [Int16], isLast: Bool) {
        let left = speech.count - spoken
        guard left > 0 else { return (Array(repeating: 0, count: frameCount), false) }
        let count = min(frameCount, left)
        let samples = speech[spoken..<(spoken + count)] + Array(repeating: 0, count: frameCount - count)
        spoken += count
        return (Array(samples), spoken == speech.count)
    }
}

/// How loud sound is.
enum Loudness {
    /// A frame above this is somebody speaking: about -40 dBFS.
    private static let speech = 300.0

    static func isSpeech(_ samples: [Int16]) -> Bool {
        guard !samples.isEmpty else { return false }
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
        return power > speech * speech
    }

    /// At one peak, and without the silence before and after.
    static func evened(_ samples: [Int16]) -> [Int16] {
        let peak = samples.reduce(1) { max($0, abs(Int($1))) }
        let even = samples.map { Int16(clamping: Int($0) * 12_000 / peak) }
        guard let first = even.firstIndex(where: isHeard), let last = even.lastIndex(where: isHeard) else { return [] }
        return Array(even[first...last])
    }

    private static func isHeard(_ sample: Int16) -> Bool { sample > 200 || sample < -200 }
}
