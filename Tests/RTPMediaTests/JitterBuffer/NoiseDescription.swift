@testable import RTPMedia

extension ComfortNoise {
    /// - Parameter reflections: between -1 and 1.
    init(level: UInt8, reflections: [Float]) {
        self.init(level: level, coefficients: reflections.map { UInt8(max(0, min(254, $0 * 127 + 127)).rounded()) })
    }

    /// The root of the mean square of the samples.
    var rms: Float { Float(amplitude) }
}
