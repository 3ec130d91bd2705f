/// Up to eight parties of which each hears all others, as for a transfer with an introduction, where caller, agent and the
/// new party speak before the agent leaves.
///
/// Sans-IO and in frames of 20 ms of one rate: ``put(_:from:)`` for each member that has sound, ``mix()``, then
/// ``append(for:to:)`` for each. Whoever comes, goes, is muted or has no frame is faded within one frame, so that nothing
/// clicks. No frame allocates once the targets have room.
public struct Conference: Sendable {
    /// The most parties that there can be.
    public static let maximumMembers = 8

    /// One party, from ``join(gain:)`` to ``leave(_:)``.
    public struct Member: Hashable, Sendable {
        fileprivate let slot: Int
        fileprivate let number: Int
    }

    /// Who hears a member.
    public enum Audience: Sendable, Hashable {
        /// All others.
        case everyone
        /// One alone; nobody once that one has left.
        case only(Member)
        /// It is muted.
        case nobody
    }

    private struct State: Sendable {
        var member: Member?
        var isLeaving = false
        var gain: Float = 1
        var audience = Audience.everyone
        var isOnHold = false
        var hasFrame = false
        /// The frame before the next one went on to its end.
        var hadFrame = false
        /// How loud it heard the music at the end of the last frame.
        var musicGain: Float = 0
    }

    /// Samples per second, 8 000 to 48 000.
    public let sampleRate: Int
    /// Samples of a frame of 20 ms.
    public let frameLength: Int
    private var states = [State](repeating: State(), count: maximumMembers)
    /// Of each member the latest frame; when none came, the one before, backwards, to be faded out.
    private var frames: [[Int16]]
    /// What each heard last.
    private var outputs: [[Int16]]
    private var mixers: [AudioMixer]
    /// By which factor each was heard by each at the end of the last frame: the speaker's row, the listener's column.
    private var gains = [Float](repeating: 0, count: maximumMembers * maximumMembers)
    private var joined = 0
    private var music: LoopedSound?
    private var musicGain: Float = 1
    private var musicFrame: [Int16] = []

    /// - Parameter sampleRate: samples per second of all members, 8 000 to 48 000; clamped.
    public init(sampleRate: Int) {
        let mixer = AudioMixer(sampleRate: sampleRate)
        self.sampleRate = mixer.sampleRate
        frameLength = mixer.frameLength
        mixers = [AudioMixer](repeating: mixer, count: Self.maximumMembers)
        let silence = [Int16](repeating: 0, count: mixer.frameLength)
        frames = [[Int16]](repeating: silence, count: Self.maximumMembers)
        outputs = frames
        musicFrame = silence
    }

    // MARK: Members

    /// Those who take part.
    public var members: [Member] { states.compactMap { $0.isLeaving ? nil : $0.member } }

    /// Lets a party in.
    ///
    /// - Parameter gain: how loud others hear it, in dB.
    /// - Returns: `nil` when there are eight.
    public mutating func join(gain: Double = 0) -> Member? {
        guard let index = states.firstIndex(where: { $0.member == nil }) else { return nil }
        joined += 1
        let member = Member(slot: index, number: joined)
        states[index].member = member
        states[index].gain = Decibels.gain(gain)
        // What the slot's last member heard is none of this one's business.
        outputs[index] = [Int16](repeating: 0, count: frameLength)
        return member
    }

    /// Lets a party go; others hear it fade with the next frame.
    public mutating func leave(_ member: Member) {
        guard let index = index(of: member) else { return }
        states[index].isLeaving = true
    }

    /// How loud others hear a member, in dB.
    public mutating func setGain(_ gain: Double, of member: Member) {
        guard let index = index(of: member) else { return }
        states[index].gain = Decibels.gain(gain)
    }

    /// Who hears a member: everyone at first, nobody while it is muted, one alone when it whispers.
    public mutating func setAudience(_ audience: Audience, of member: Member) {
        guard let index = index(of: member) else { return }
        states[index].audience = audience
    }

    /// Whether a member is on hold: it is not heard, and hears nobody, only the music. What a party's own exchange plays
    /// while that party has us on hold is thus heard by nobody, an agent that listens least of all.
    public mutating func setHold(_ isOnHold: Bool, of member: Member) {
        guard let index = index(of: member) else { return }
        states[index].isOnHold = isOnHold
    }

    /// What members on hold hear, and nobody else; `nil` for silence.
    ///
    /// - Parameters:
    ///   - clip: of any rate; it is played over and over.
    ///   - gain: in dB.
    /// - Throws: when the clip's rate can't be converted.
    public mutating func setHoldMusic(_ clip: AudioClip?, gain: Double = -6) throws(ResamplerError) {
        music = if let clip { try LoopedSound(clip, sampleRate: sampleRate) } else { nil }
        musicGain = Decibels.gain(gain)
    }

    private func index(of member: Member) -> Int? {
        guard states.indices.contains(member.slot), states[member.slot].member == member, !states[member.slot].isLeaving
        else { return nil }
        return member.slot
    }

    // MARK: Sound

    /// A member's sound for the next frame; a second one in the same frame replaces the first.
    ///
    /// - Parameters:
    ///   - samples: a frame; what is beyond its length is passed over, and a shorter one is faded out.
    ///   - member: whose sound it is; that of one who has left is passed over.
    public mutating func put(_ samples: Span<Int16>, from member: Member) {
        guard let index = index(of: member), !samples.isEmpty else { return }
        let (count, rest) = (min(samples.count, frameLength), max(0, frameLength - samples.count))
        Self.change(&frames[index]) { frame in
            for place in 0..<count { frame[place] = samples[place] }
            for place in 0..<rest {
                // Backwards from the end, and ever quieter: there is no step.
                let fade = min(count, rest)
                frame[count + place] =
                    place < fade ? Int16(Int(frame[count - 1 - place]) * (fade - 1 - place) / fade) : 0
            }
        }
        states[index].hasFrame = true
        states[index].hadFrame = rest == 0
    }

    /// Makes the next frame of every member, from what was put.
    public mutating func mix() {
        if music == nil {
            // Music that was taken away is faded out like a member's sound.
            musicFrame.reverse()
        } else {
            music?.next(frameLength, into: &musicFrame)
        }
        for index in states.indices where !states[index].hasFrame && states[index].member != nil { tail(index) }
        for listener in states.indices where states[listener].member != nil { mix(for: listener) }
        for index in states.indices { end(index) }
    }

    /// Appends a member's last mixed frame; nothing for one that has left.
    public func append(for member: Member, to samples: inout [Int16]) {
        guard let index = index(of: member) else { return }
        samples.append(contentsOf: outputs[index])
    }

    private mutating func mix(for listener: Int) {
        let column = listener
        for speaker in states.indices where speaker != listener && states[speaker].member != nil {
            let place = speaker * Self.maximumMembers + column
            let (start, end) = (gains[place], states[speaker].hasFrame ? gain(of: speaker, for: listener) : 0)
            // A short frame has faded out by itself; the next one comes in again.
            gains[place] = states[speaker].hadFrame ? end : 0
            guard start != 0 || end != 0 else { continue }
            mixers[listener].add(frames[speaker], from: start, to: end)
        }
        let (start, end) = (states[listener].musicGain, states[listener].isOnHold && music != nil ? musicGain : 0)
        if start != 0 || end != 0 { mixers[listener].add(musicFrame, from: start, to: end) }
        states[listener].musicGain = end
        outputs[listener].removeAll(keepingCapacity: true)
        mixers[listener].mix(into: &outputs[listener])
    }

    private func gain(of speaker: Int, for listener: Int) -> Float {
        let (one, other) = (states[speaker], states[listener])
        guard !one.isLeaving, !one.isOnHold, !other.isOnHold else { return 0 }
        switch one.audience {
        case .everyone: return one.gain
        case .only(let member): return other.member == member ? one.gain : 0
        case .nobody: return 0
        }
    }

    /// What stands in for a frame that did not come: the one before, backwards, which the mix fades out.
    private mutating func tail(_ index: Int) {
        guard states[index].hadFrame else {
            Self.change(&frames[index]) { frame in
                for place in 0..<frame.count { frame[place] = 0 }
            }
            return
        }
        frames[index].reverse()
        states[index].hadFrame = false
    }

    private mutating func end(_ index: Int) {
        states[index].hasFrame = false
        guard states[index].isLeaving else { return }
        for other in 0..<Self.maximumMembers {
            gains[index * Self.maximumMembers + other] = 0
            gains[other * Self.maximumMembers + index] = 0
        }
        states[index] = State()
        mixers[index] = AudioMixer(sampleRate: sampleRate)
    }

    private static func change(_ frame: inout [Int16], _ body: (inout MutableSpan<Int16>) -> Void) {
        var span = frame.mutableSpan
        body(&span)
    }
}
