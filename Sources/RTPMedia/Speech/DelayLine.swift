/// The last second of what was played, to be read as late as it comes back.
struct DelayLine: Sendable {
    private var samples: [Int16]
    private let kept: Int
    private var end: Int

    /// - Parameter longest: how many samples back a frame may begin at most.
    init(longest: Int, frame: Int) {
        kept = longest + frame
        samples = Array(repeating: 0, count: 2 * kept)
        end = kept
    }

    mutating func append(_ new: Span<Int16>) {
        guard new.count <= kept else { return }
        let (kept, old) = (kept, end)
        let isFull = old + new.count > samples.count
        let start = isFull ? kept : old
        end = start + new.count
        var all = samples.mutableSpan
        if isFull { for index in 0..<kept { all[index] = all[old - kept + index] } }
        for index in new.indices { all[start + index] = new[index] }
    }

    /// The frame that ended `delay` samples before the last one that was appended; clamped to what is kept. Between the
    /// samples it is interpolated over four of them.
    func copy(delay: Float, into frame: inout [Int16]) {
        let count = frame.count
        let clamped = max(0, min(delay, Float(kept - count - 2)))
        let whole = Int(clamped)
        let part = clamped - Float(whole)
        let start = end - count - whole
        guard start >= 2, start + count <= samples.count else { return }
        var target = frame.mutableSpan
        let source = samples.span
        guard part > 0.01, whole > 0 else {
            for index in 0..<count { target[index] = source[start + index] }
            return
        }
        // Lagrange's cubic, `part` of a sample back from the first of the middle two.
        let after = -part * (1 - part) * (2 - part) / 6
        let here = (1 + part) * (1 - part) * (2 - part) / 2
        let before = (1 + part) * part * (2 - part) / 2
        let longBefore = -(1 + part) * part * (1 - part) / 6
        for index in 0..<count {
            let place = start + index
            let value =
                after * Float(source[place + 1]) + here * Float(source[place]) + before * Float(source[place - 1])
                + longBefore * Float(source[place - 2])
            target[index] = value.sample
        }
    }
}
