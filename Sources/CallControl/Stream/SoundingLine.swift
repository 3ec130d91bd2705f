internal import RTPMedia

/// What was sent to Telnyx and has not sounded yet, frame by frame: it is sent a little ahead, so that it goes on sounding
/// when the network hesitates, and it counts as played only when it sounds.
struct SoundingLine: Sendable {
    private struct Entry: Sendable {
        var frame: PCMFrame
        /// Samples of the application's: the rest is silence behind its last.
        var samples: Int
    }

    /// Frames that are sent ahead: 100 ms.
    static let lead = 5

    private var entries: [Entry] = []
    /// Samples of the application's that have sounded since the call began.
    private(set) var sounded = 0

    var isEmpty: Bool { entries.isEmpty }
    var hasRoom: Bool { entries.count < Self.lead }

    mutating func add(_ frame: PCMFrame, samples: Int) {
        entries.append(Entry(frame: frame, samples: samples))
    }

    /// The frame that sounds in the next 20 ms.
    mutating func next() -> PCMFrame? {
        guard !entries.isEmpty else { return nil }
        let entry = entries.removeFirst()
        sounded += entry.samples
        return entry.frame
    }

    /// What has not sounded is not going to.
    mutating func cut() {
        entries.removeAll(keepingCapacity: true)
    }
}
