extension Float {
    /// The nearest sample value, clipped. Many of them are made at once, which the standard rounding forbids.
    var sample: Int16 {
        let clipped = Float.minimum(32_767, Float.maximum(-32_768, self))
        // 1.5 × 2²³: what is added to it loses its fraction.
        let magic: Float = 12_582_912
        return Int16((clipped + magic) - magic)
    }
}
