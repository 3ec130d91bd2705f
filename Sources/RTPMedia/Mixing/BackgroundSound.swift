/// A sound that is played under a voice: the noise of an office, music, the keys of a keyboard. It is quieter while the
/// voice speaks, and goes on without end.
public struct BackgroundSound: Sendable {
    /// A frame louder than this is speech: the mean square of its samples, at -45 dB of full scale.
    private static let speechLevel: Float = 33_956
    /// Frames from the loud to the quiet gain, 100 ms, and back, 500 ms.
    private static let (attack, release): (Float, Float) = (5, 25)
    /// Frames without speech before it comes up again: 300 ms, as between words.
    private static let hold = 15

    /// Whether it is played; it comes and goes within a frame.
    public var isPlaying = true
    /// Samples per second of what goes in and comes out.
    public var sampleRate: Int { mixer.sampleRate }
    /// Samples of a frame of 20 ms.
    public var frameLength: Int { mixer.frameLength }

    private let loud: Float
    private let quiet: Float
    private var sound: LoopedSound
    private var mixer: AudioMixer
    private var level: Float
    private var presence: Float = 0
    private var sinceSpeech = Self.hold
    private var frame: [Int16] = []

    /// - Parameters:
    ///   - clip: what is played, of any rate.
    ///   - sampleRate: samples per second of the voice, 8 000 to 48 000.
    ///   - gain: of the clip, in dB.
    ///   - ducking: by how much it is quieter while the voice speaks, in dB; 0 for not at all.
    /// - Throws: when the clip's rate can't be converted.
    public init(_ clip: AudioClip, sampleRate: Int, gain: Double = -12, ducking: Double = 9) throws(ResamplerError) {
        mixer = AudioMixer(sampleRate: sampleRate)
        sound = try LoopedSound(clip, sampleRate: mixer.sampleRate)
        loud = Decibels.gain(gain)
        quiet = Decibels.gain(gain - max(0, ducking))
        level = loud
        frame.reserveCapacity(mixer.frameLength)
    }

    /// Appends a frame of 20 ms: the voice, with the sound under it.
    ///
    /// - Parameters:
    ///   - voice: a frame, or nothing while nobody speaks.
    ///   - samples: what the frame is appended to.
    public mutating func mix(under voice: Span<Int16>, into samples: inout [Int16]) {
        mixer.add(voice)
        let (target, start) = (isPlaying ? 1 as Float : 0, presence * level)
        sinceSpeech = Self.isSpeech(voice) ? 0 : min(sinceSpeech + 1, Self.hold)
        if sinceSpeech < Self.hold {
            level = max(quiet, level - (loud - quiet) / Self.attack)
        } else {
            level = min(loud, level + (loud - quiet) / Self.release)
        }
        if target > 0 || presence > 0 {
            sound.next(mixer.frameLength, into: &frame)
            presence = target
            mixer.add(frame, from: start, to: presence * level)
        }
        mixer.mix(into: &samples)
    }

    private static func isSpeech(_ voice: Span<Int16>) -> Bool {
        var energy: Float = 0
        for index in 0..<voice.count { energy += Float(voice[index]) * Float(voice[index]) }
        return energy > speechLevel * Float(voice.count)
    }
}
