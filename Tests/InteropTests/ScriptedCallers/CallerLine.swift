import Foundation

/// The caller's end of the line, 20 ms after 20 ms: what comes of the agent goes in, what the microphone takes up comes
/// out. It knows no other clock than the frames.
struct CallerLine: Sendable {
    private let rate: Int
    private let line: ScriptedCall.Line
    private let noise: Double
    private var dice: SeededDice
    private var speech: [Int16] = []
    private var spoken = 0
    /// What came of the agent, for the echo.
    private var past: [Int16] = []
    /// Milliseconds since the call began.
    private(set) var now = 0
    /// When the agent was last heard, and how much of it in all.
    private(set) var agentHeardAt: Int?
    private(set) var agentHeard = 0
    /// When the caller last made a sound of his own.
    private(set) var callerSpokeAt: Int?

    /// A frame above this is somebody speaking: about -40 dBFS.
    private static let loud = 300.0

    init(_ line: ScriptedCall.Line, sampleRate: Int, seed: UInt64) {
        self.line = line
        rate = sampleRate
        dice = SeededDice(seed: seed)
        // Voices here have a mean power of about 2 500 while they speak.
        noise = line.signalToNoise.map { 2_500 * pow(10, -$0 / 20) } ?? 0
    }

    var isSpeaking: Bool { spoken < speech.count }

    /// - Parameter sound: at the rate of the line.
    mutating func say(_ sound: [Int16]) {
        speech = sound
        spoken = 0
    }

    mutating func exchange(_ heard: [Int16]) -> [Int16] {
        now += 20
        if Self.power(heard) > Self.loud {
            agentHeardAt = now
            agentHeard += 20
        }
        let count = rate / 50
        let own = Array(speech[min(spoken, speech.count)..<min(spoken + count, speech.count)])
        spoken += count
        if Self.power(own) > Self.loud { callerSpokeAt = now }
        var frame = own + Array(repeating: 0, count: max(0, count - own.count))
        if let echo = line.echo {
            past += heard
            let gain = pow(10, echo.decibels / 20)
            let delay = echo.milliseconds * rate / 1_000
            let start = past.count - delay - count
            if start >= 0 {
                for index in frame.indices where start + index < past.count {
                    frame[index] = Int16(clamping: Int(frame[index]) + Int(gain * Double(past[start + index])))
                }
            }
            past = Array(past.suffix(rate))
        }
        if noise > 0 {
            for index in frame.indices {
                // Uniform noise of that power.
                let sample = Double.random(in: -1...1, using: &dice) * noise * 1.732
                frame[index] = Int16(clamping: Int(frame[index]) + Int(sample))
            }
        }
        return frame
    }

    static func power(_ samples: [Int16]) -> Double {
        guard !samples.isEmpty else { return 0 }
        return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }
}
