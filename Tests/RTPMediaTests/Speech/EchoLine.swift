import RTPMedia
import TelephonyPrimitives

/// A line that returns what is played, later and softer, with some ringing and noise.
struct EchoLine {
    var delay: Int
    /// dB by which it is softer.
    var loss: Double
    var noise = 12

    /// What is heard of a line with `near` on its far side.
    func heard(near: [Int16], played: [Int16], seed: UInt64 = 3) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        let gain = EchoLine.amplitude(-loss)
        // A hybrid's answer in short: energy 1.
        let ringing = [(0, 0.8), (5, -0.45), (11, 0.3), (23, -0.2), (40, 0.15)]
        return played.indices.map { index in
            var value = Double(near[index]) + Double(Int.random(in: -noise...noise, using: &random))
            for (lag, part) in ringing where index - delay - lag >= 0 {
                value += gain * part * Double(played[index - delay - lag])
            }
            return Int16(max(-32_768, min(32_767, value)))
        }
    }

    private static func amplitude(_ decibels: Double) -> Double {
        var result = 1.0
        for _ in 0..<Int(-decibels) { result /= 1.122_018_454 }
        return result
    }
}

/// What a front end makes of two streams.
struct FrontEndRun {
    var out: [Int16] = []
    var observations: [SpeechObservation] = []

    init(
        _ configuration: SpeechFrontEndConfiguration = SpeechFrontEndConfiguration(), heard: [Int16], played: [Int16],
        sampleRate: Int = 8000
    ) throws {
        var frontEnd = try SpeechFrontEnd(sampleRate: sampleRate, configuration: configuration)
        let length = frontEnd.frameLength
        for start in stride(from: 0, to: heard.count - length + 1, by: length) {
            var frame = Array(heard[start..<start + length])
            observations.append(
                try frontEnd.process(&frame, played: played.span.extracting(start..<start + length)))
            out += frame
        }
    }
}
