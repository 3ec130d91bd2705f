/// Linear overlap-add of two stretches of audio.
enum CrossFade {
    /// `from` turning into `to` over the length of the shorter one.
    static func mix(_ from: some Collection<Int16>, _ to: some Collection<Int16>) -> [Int16] {
        let length = min(from.count, to.count)
        let scale = 1 / Float(length + 1)
        return zip(from, to).enumerated().map { index, pair in
            let weight = Float(index + 1) * scale
            return clamp(Float(pair.0) * (1 - weight) + Float(pair.1) * weight)
        }
    }

    /// The nearest sample value.
    static func clamp(_ value: Float) -> Int16 {
        Int16(max(-32_768, min(32_767, value.rounded())))
    }
}
