/// What a caller's voice goes through before it is listened to: our own echo is taken out, noise suppressed, the level
/// evened, and voice activity told, each if a call wants it.
///
/// It works on 20 ms at a time, sans-IO: what comes out follows from the frames alone. Nothing is allocated for a frame.
///
///     var frontEnd = try SpeechFrontEnd(sampleRate: call.sampleRate)
///     let observation = try frontEnd.process(&heard.samples, played: sent.samples.span)
///     if observation.isSpeech { … }
public struct SpeechFrontEnd: ~Copyable, Sendable {
    /// Samples per second of what goes in and comes out.
    public let sampleRate: Int
    public let configuration: SpeechFrontEndConfiguration
    /// Samples of a frame: 20 ms.
    public let frameLength: Int
    /// How much later the voice comes out than it went in.
    public var latency: Duration { configuration.noiseSuppression == nil ? .zero : .milliseconds(20) }

    private var echo: EchoControl?
    private let noise: NoiseSuppressor?
    private var level: LevelControl?
    private var activity = VoiceActivityDetector()
    private var heardBand: TelephoneBand
    private var playedBand: TelephoneBand
    private var leftBand: TelephoneBand

    /// - Parameters:
    ///   - sampleRate: 8 000, 16 000, 24 000 or 48 000.
    ///   - configuration: which parts work; by default those that help.
    /// - Throws: when the rate or a value of the configuration is out of range or there is no memory.
    public init(
        sampleRate: Int, configuration: SpeechFrontEndConfiguration = SpeechFrontEndConfiguration()
    ) throws(SpeechFrontEndError) {
        guard [8000, 16_000, 24_000, 48_000].contains(sampleRate), let band = TelephoneBand(from: sampleRate) else {
            throw .unsupportedRate(sampleRate)
        }
        let level = try Self.levelControl(configuration)
        let echo = try Self.echoControl(configuration, sampleRate)
        let noise = try Self.noiseSuppressor(configuration, sampleRate)
        (self.level, self.echo, self.noise) = (level, echo, noise)
        self.sampleRate = sampleRate
        self.configuration = configuration
        frameLength = sampleRate / 50
        (heardBand, playedBand, leftBand) = (band, band, band)
    }

    private static func levelControl(
        _ configuration: SpeechFrontEndConfiguration
    ) throws(SpeechFrontEndError) -> LevelControl? {
        guard let target = configuration.automaticGain else { return nil }
        guard (-50 ... -10).contains(target) else { throw .outOfRange("automaticGain") }
        return LevelControl(target: target)
    }

    private static func echoControl(
        _ configuration: SpeechFrontEndConfiguration, _ sampleRate: Int
    ) throws(SpeechFrontEndError) -> EchoControl? {
        guard configuration.cancelsEcho else { return nil }
        guard (.milliseconds(32)...Duration.milliseconds(256)).contains(configuration.echoTail) else {
            throw .outOfRange("echoTail")
        }
        return try EchoControl(
            sampleRate: sampleRate, tailMilliseconds: Int(configuration.echoTail / .milliseconds(1)))
    }

    private static func noiseSuppressor(
        _ configuration: SpeechFrontEndConfiguration, _ sampleRate: Int
    ) throws(SpeechFrontEndError) -> NoiseSuppressor? {
        guard let suppression = configuration.noiseSuppression else { return nil }
        guard (1...40).contains(suppression) else { throw .outOfRange("noiseSuppression") }
        return try NoiseSuppressor(length: sampleRate / 50, sampleRate: sampleRate, suppression: suppression)
    }

    /// Works on 20 ms in place.
    ///
    /// - Parameters:
    ///   - heard: what came from the other side; afterwards what is left of it.
    ///   - played: what was sent to the other side in the same 20 ms; silence when nothing was.
    /// - Throws: ``SpeechFrontEndError/wrongLength(expected:found:)``; then the frame is as it was and nothing is learnt.
    public mutating func process(
        _ heard: inout [Int16], played: Span<Int16>
    ) throws(SpeechFrontEndError) -> SpeechObservation {
        var samples = heard.mutableSpan
        return try process(&samples, played: played)
    }

    /// Works on 20 ms in place, as the one for arrays does.
    public mutating func process(
        _ heard: inout MutableSpan<Int16>, played: Span<Int16>
    ) throws(SpeechFrontEndError) -> SpeechObservation {
        guard heard.count == frameLength else {
            throw .wrongLength(expected: frameLength, found: heard.count)
        }
        guard played.count == frameLength else {
            throw .wrongLength(expected: frameLength, found: played.count)
        }
        var outcome = EchoControl.Outcome()
        if echo != nil {
            heardBand.load(heard.span)
            playedBand.load(played)
            outcome = Self.takeOut(&echo, &heard, played, heardBand, playedBand)
        }
        leftBand.load(heard.span)
        activity.add(leftBand)
        let isSpeech = activity.isSpeech && !outcome.isOwnEcho
        noise?.suppress(&heard)
        level?.process(&heard, isSpeech: isSpeech && activity.probability > 0.5)
        return SpeechObservation(
            isSpeech: isSpeech, speechProbability: outcome.isOwnEcho ? 0 : Double(activity.probability),
            isOwnEcho: outcome.isOwnEcho, echo: outcome.path)
    }

    private static func takeOut(
        _ echo: inout EchoControl?, _ heard: inout MutableSpan<Int16>, _ played: Span<Int16>,
        _ heardBand: TelephoneBand,
        _ playedBand: TelephoneBand
    ) -> EchoControl.Outcome {
        echo?.process(&heard, played: played, heardBand: heardBand.samples, playedBand: playedBand.samples)
            ?? EchoControl.Outcome()
    }
}
