internal import RTPMedia

/// What was heard, between the stream, whose pieces come in bursts, and the beat of 20 ms: a little is kept waiting so that
/// bursts do not tear holes, and what waits too long is caught up with in pauses, where nobody misses it.
struct SoundCushion: Sendable {
    /// Frames that wait before the first is given out, and after a hole.
    static let depth = 3
    /// With more than these waiting, quiet frames are left out.
    private static let catchUp = 8
    /// More are not kept: two seconds.
    private static let maximum = 100
    /// A frame with no sample beyond this is quiet: about -50 dBov.
    private static let quiet = 100

    /// Samples of a frame: 20 ms.
    let frameLength: Int
    private var samples: [Int16] = []
    private var head = 0
    private var isFilling = true
    /// Holes that were filled with silence, and frames that were left out.
    private(set) var holes = 0
    private(set) var leftOut = 0
    private(set) var hasBegun = false

    init(frameLength: Int) {
        self.frameLength = max(1, frameLength)
    }

    /// Frames that wait.
    var waiting: Int { (samples.count - head) / frameLength }

    mutating func add(_ more: [Int16]) {
        hasBegun = true
        if head > 0, head >= samples.count / 2 {
            samples.removeFirst(head)
            head = 0
        }
        samples.append(contentsOf: more)
        while waiting > Self.maximum { leaveOut() }
    }

    private mutating func leaveOut() {
        head += frameLength
        leftOut += 1
    }

    /// Puts the next 20 ms in place of what is in `frame`.
    ///
    /// - Returns: where they come from.
    mutating func take(into frame: inout [Int16]) -> PCMFrame.Origin {
        frame.removeAll(keepingCapacity: true)
        if isFilling, waiting >= Self.depth { isFilling = false }
        guard !isFilling, waiting > 0 else {
            let isHole = hasBegun && !isFilling
            if isHole { holes += 1 }
            isFilling = true
            frame.append(contentsOf: repeatElement(0, count: frameLength))
            return isHole ? .concealed : .silence
        }
        while waiting > Self.catchUp, isQuiet { leaveOut() }
        frame.append(contentsOf: samples[head..<head + frameLength])
        head += frameLength
        return .real
    }

    private var isQuiet: Bool {
        samples[head..<head + frameLength].allSatisfy { abs(Int($0)) <= Self.quiet }
    }
}
