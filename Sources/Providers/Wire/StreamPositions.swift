/// Where in the caller's sound a place of a service's stream is: a stream begins anew with each socket, and silence that
/// we put in counts only there.
struct StreamPositions: Sendable {
    let sampleRate: Int
    /// The position in the caller's sound of the stream's first sample.
    let base: Int
    /// Samples sent so far, silence included.
    private(set) var sent = 0
    /// Before which sample of the stream silence was put in, and how much.
    private var insertions: [(at: Int, count: Int)] = []

    init(sampleRate: Int, base: Int = 0) {
        self.sampleRate = sampleRate
        self.base = base
    }

    mutating func sentSound(_ count: Int) {
        sent += count
    }

    mutating func sentSilence(_ count: Int) {
        if let last = insertions.last, last.at + last.count == sent {
            insertions[insertions.count - 1].count += count
        } else {
            insertions.append((sent, count))
        }
        sent += count
        guard insertions.count > 64 else { return }
        // Only between the two oldest is anything out of place now.
        let oldest = insertions.removeFirst()
        insertions[0].at -= oldest.count
        insertions[0].count += oldest.count
    }

    /// Behind the last sample that was sent.
    var end: Int { base + sent - insertions.reduce(0) { $0 + $1.count } }

    /// The sample of the caller's sound at `seconds` of the stream; the nearest one there is when the service is wrong.
    func position(_ seconds: Double) -> Int {
        guard seconds.isFinite, seconds > 0 else { return base }
        let place = min(Int(min(seconds * Double(sampleRate), 1e12).rounded()), sent)
        let inserted = insertions.reduce(0) { $0 + max(0, min($1.count, place - $1.at)) }
        return max(base, base + place - inserted)
    }
}
