import Foundation

/// Speech as 16-bit samples, from a folder that `speech.sh` filled.
struct Speech {
    let samples: [Int16]
    /// Samples of 20 ms.
    let length: Int

    init(folder: String, sampleRate: Int) {
        self.init(path: "\(folder)/speech\(sampleRate / 1000)k.raw", length: sampleRate / 50)
    }

    init(path: String, length: Int = 160) {
        guard let data = FileManager.default.contents(atPath: path) else { fatalError("There is no \(path).") }
        let octets = [UInt8](data)
        samples = stride(from: 0, to: octets.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(octets[$0]) | UInt16(octets[$0 + 1]) << 8)
        }
        self.length = length
    }

    /// Where a frame lies; after the last the first comes again.
    func place(_ index: Int) -> Range<Int> {
        let start = index % (samples.count / length) * length
        return start..<start + length
    }
}
