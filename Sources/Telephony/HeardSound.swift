package import RTPMedia

/// What becomes of what was heard on a call, 20 ms at a time: the tap gets both sides in step, they are measured while
/// somebody looks, the front end works on what came, and whoever reads the call gets it.
///
/// For those who implement ``Call``; it belongs to the loop of the call's sound.
package struct HeardSound: ~Copyable {
    private let ring: AudioRing
    private var frames = FramePool()
    private var tap: CallTap?
    /// What works on what was heard, once somebody wants that.
    private var frontEnd: SpeechFrontEnd?
    private var frontEndWanted: SpeechFrontEndConfiguration?
    package private(set) var observation: SpeechObservation?
    /// There while somebody looks at how loud the call is.
    private var meters: LevelPair?
    private var silence: [Int16] = []

    /// - Parameter ring: where what was heard goes.
    package init(_ ring: AudioRing) {
        self.ring = ring
    }

    /// Frames that nobody read in time.
    package var framesDropped: Int { ring.droppedFrames }

    /// Lets `make` write what was heard into a frame, whose storage may hold an older one.
    package mutating func hear(_ make: (inout PCMFrame) -> Void) {
        frames.next(make)
    }

    /// Hands on what was heard last.
    ///
    /// - Parameter played: what is sent in the same 20 ms; `nil` for nothing.
    package mutating func handOn(played: PCMFrame?) {
        if let tap {
            tap(frames.latest, played ?? .silence(sampleRate: frames.latest.sampleRate))
        }
        if meters != nil {
            meters?.add(heard: frames.latest, sent: played)
            if meters?.isWanted == false { meters = nil }
        }
        if frontEndWanted != nil { work(played) }
        ring.put(frames.latest)
    }

    private mutating func work(_ played: PCMFrame?) {
        let sent = played?.samples ?? silence
        var found: SpeechObservation?
        frames.change(with: &frontEnd) { frame, frontEnd in
            // A frame of another length is left as it came: it can't be, and is no reason to lose it.
            found = try? frontEnd?.process(&frame.samples, played: sent.span)
        }
        observation = found
    }

    package mutating func setTap(_ tap: CallTap?) {
        self.tap = tap
    }

    /// Takes effect with the next frame, and for the whole call: its sample rate stays.
    package mutating func setFrontEnd(
        _ configuration: SpeechFrontEndConfiguration?, sampleRate: Int
    ) throws(SpeechFrontEndError) {
        frontEnd = nil
        observation = nil
        frontEndWanted = configuration
        guard let configuration else { return }
        do throws(SpeechFrontEndError) {
            frontEnd = try SpeechFrontEnd(sampleRate: sampleRate, configuration: configuration)
        } catch {
            frontEndWanted = nil
            throw error
        }
        silence = Array(repeating: 0, count: sampleRate / 50)
    }

    /// How loud it was since this was last asked for.
    package mutating func levels() -> CallLevels? {
        let levels = meters?.levels
        meters = LevelPair()
        return levels
    }

    /// No more is heard.
    package mutating func close() {
        tap = nil
        ring.finish()
    }
}
