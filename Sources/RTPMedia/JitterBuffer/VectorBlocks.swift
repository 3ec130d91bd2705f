/// A signal in blocks of eight samples, once for each of eight shifts, so that it can be multiplied with itself at any
/// lag eight samples at a time.
struct VectorBlocks: Sendable {
    private var blocks: [SIMD8<Float>] = []
    private var blockCount = 0

    /// Takes a signal; keeps the storage of the one before.
    mutating func load(_ samples: [Float]) {
        let signal = samples.span
        // One block of zeros behind each copy: a shifted copy reads past the end.
        blockCount = (signal.count + 7) / 8
        blocks.removeAll(keepingCapacity: true)
        for shift in 0..<8 {
            for block in 0..<blockCount {
                var value = SIMD8<Float>.zero
                let start = block * 8 + shift
                if start + 8 <= signal.count {
                    for lane in 0..<8 { value[lane] = signal[start + lane] }
                } else {
                    for lane in 0..<8 where start + lane < signal.count { value[lane] = signal[start + lane] }
                }
                blocks.append(value)
            }
        }
    }

    /// Σ x[n] · x[n + lag] over all n.
    func product(lag: Int) -> Float {
        let offset = lag >> 3
        let copy = (lag & 7) * blockCount
        guard lag >= 0, offset < blockCount else { return 0 }
        let all = blocks.span
        var even = SIMD8<Float>.zero
        var odd = SIMD8<Float>.zero
        let count = blockCount - offset
        var index = 0
        while index + 1 < count {
            even += all[index] * all[copy + offset + index]
            odd += all[index + 1] * all[copy + offset + index + 1]
            index += 2
        }
        if index < count { even += all[index] * all[copy + offset + index] }
        return (even + odd).sum()
    }
}
