/// Linear overlap-add of two stretches of audio.
enum CrossFade {
    /// `from` turning into `to` over the length of the shorter one, appended to `samples`.
    static func mix(
        _ from: some RandomAccessCollection<Int16>, _ to: some RandomAccessCollection<Int16>,
        into samples: inout [Int16]
    ) {
        let scale = 1 / Float(min(from.count, to.count) + 1)
        var weight = scale
        for (one, other) in zip(from, to) {
            samples.append(clamp(Float(one) * (1 - weight) + Float(other) * weight))
            weight += scale
        }
    }

    /// Turns what is in `samples` from `start` on into `other`, over the length of `other`.
    static func mix(into samples: inout [Int16], at start: Int, _ other: some RandomAccessCollection<Int16>) {
        let scale = 1 / Float(other.count + 1)
        var weight = scale
        for (offset, sample) in other.enumerated() where start + offset < samples.count {
            samples[start + offset] = clamp(Float(samples[start + offset]) * (1 - weight) + Float(sample) * weight)
            weight += scale
        }
    }

    /// The nearest sample value.
    static func clamp(_ value: Float) -> Int16 {
        Int16(max(-32_768, min(32_767, value.rounded())))
    }
}
