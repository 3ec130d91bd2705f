/// Undoes what libspeexdsp's echo canceller does to a voice besides cancelling: it takes a constant offset out by a notch
/// that at 8 kHz turns the phases and lowers the level up to some 400 Hz. Only what is below 20 Hz stays lowered.
struct NotchEqualiser: Sendable {
    private let scale: Float
    private let firstZero: Float
    private let secondZero: Float
    private let pole: Float
    private var one: Float = 0
    private var two: Float = 0

    init(sampleRate: Int) {
        // The library's own values (mdf.c).
        let radius: Float = sampleRate < 12_000 ? 0.9 : sampleRate < 24_000 ? 0.982 : 0.992
        scale = 1 / radius
        firstZero = -2 * radius
        secondZero = radius * radius + 0.7 * (1 - radius) * (1 - radius)
        pole = max(radius, 1 - 2 * .pi * 20 / Float(sampleRate))
    }

    mutating func process(_ frame: inout [Int16]) {
        var samples = frame.mutableSpan
        let (forward, back) = (2 * pole, -pole * pole)
        for index in samples.indices {
            let input = scale * Float(samples[index])
            let output = input + one
            one = two + firstZero * input + forward * output
            two = secondZero * input + back * output
            samples[index] = output.sample
        }
        // Numbers that are too small to be heard are slow to count with.
        if abs(one) + abs(two) < 1e-6 { (one, two) = (0, 0) }
    }

    mutating func reset() { (one, two) = (0, 0) }
}
