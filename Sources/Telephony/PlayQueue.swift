/// Samples that the application wants sent, in order, and how many have been.
struct PlayQueue {
    private var samples: [Int16] = []
    private var head = 0
    /// Samples that were taken out to be sent, since the call began.
    private(set) var played = 0

    var queued: Int { samples.count - head }
    var isEmpty: Bool { queued == 0 }

    mutating func append(_ more: [Int16]) {
        if head > 0, head >= samples.count / 2 {
            samples.removeFirst(head)
            head = 0
        }
        samples.append(contentsOf: more)
    }

    /// Puts the next `count` samples in place of what is in `frame`, filled up with silence at the end.
    ///
    /// - Returns: `false` when there are none; the frame is then empty.
    mutating func take(_ count: Int, into frame: inout [Int16]) -> Bool {
        frame.removeAll(keepingCapacity: true)
        guard !isEmpty else { return false }
        let real = min(count, queued)
        frame.append(contentsOf: samples[head..<head + real])
        head += real
        played += real
        if real < count { frame.append(contentsOf: repeatElement(0, count: count - real)) }
        if isEmpty { dropAll() }
        return true
    }

    mutating func dropAll() {
        samples.removeAll(keepingCapacity: true)
        head = 0
    }
}
