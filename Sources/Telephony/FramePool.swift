internal import RTPMedia

/// Frames whose storage is used again once the application has let go of them. Whoever keeps one keeps it: the next use
/// then makes storage of its own.
struct FramePool {
    private static let size = 8
    private var frames: [PCMFrame] = Array(repeating: PCMFrame(samples: [], sampleRate: 8_000), count: size)
    private var place = 0

    /// The frame that was made last.
    var latest: PCMFrame { frames[place] }

    /// Lets `body` change the frame that was made last, with something that belongs to the same owner.
    mutating func change<Part: ~Copyable>(with part: inout Part, _ body: (inout PCMFrame, inout Part) -> Void) {
        body(&frames[place], &part)
    }

    /// Lets `body` make the next frame out of an old one.
    mutating func next(_ body: (inout PCMFrame) -> Void) {
        place = (place + 1) % Self.size
        body(&frames[place])
    }
}
