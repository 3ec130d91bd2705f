/// A clip that is played over and over, its end faded into its beginning.
struct LoopedSound: Sendable {
    private let samples: [Int16]
    private var place = 0

    /// - Throws: when the clip's rate can't be converted to `sampleRate`.
    init(_ clip: AudioClip, sampleRate: Int) throws(ResamplerError) {
        let converted = try clip.converted(to: sampleRate).samples
        // 10 ms; a clip that is too short for that is not faded.
        let fade = sampleRate / 100
        guard converted.count >= 4 * fade else {
            samples = converted
            return
        }
        let length = converted.count - fade
        samples = (0..<length).map { index in
            guard index < fade else { return converted[index] }
            let part = Float(index) / Float(fade)
            return Int16(Float(converted[index]) * part + Float(converted[length + index]) * (1 - part))
        }
    }

    /// Replaces what is in `frame` by the next `count` samples; silence when the clip is empty.
    mutating func next(_ count: Int, into frame: inout [Int16]) {
        frame.removeAll(keepingCapacity: true)
        guard !samples.isEmpty else {
            frame.append(contentsOf: repeatElement(0, count: count))
            return
        }
        while frame.count < count {
            let part = min(count - frame.count, samples.count - place)
            frame.append(contentsOf: samples[place..<place + part])
            place += part
            if place == samples.count { place = 0 }
        }
    }
}
