/// Turns what a caller says into text. One value serves all calls; each call has a session of its own.
public protocol SpeechToText: Sendable {
    /// What this is, for people and records, e.g. `moonshine-tiny`.
    var name: String { get }
    /// - Parameter format: the sound of the call; the session says by its ``SpeechToTextSession/sampleRate`` at which rate
    ///   it takes it.
    /// - Throws: ``ProviderError`` when no further session can be served.
    func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession
}

/// The hearing of one call: finds where speech begins and ends, and says what it was.
public protocol SpeechToTextSession: Sendable {
    /// Samples per second that ``hear(_:)`` takes.
    var sampleRate: Int { get }
    /// What it tells of besides text.
    var abilities: HearingAbilities { get }
    /// Takes in the next samples of the caller, without gaps, silence included. Returns at once; what was heard comes
    /// through ``events``.
    func hear(_ samples: [Int16]) async
    /// What was found, in order. To be read by one task; ends after ``close()``.
    var events: AsyncStream<HearingEvent> { get }
    /// Phrases that the dialogue expects next: they decide between near readings. Empty for none.
    func expect(_ phrases: [String]) async
    /// The caller has stopped as far as we can tell: what was said so far is wanted now, not when the service finds that
    /// it is over. Nothing by default.
    func finishUtterance() async
    func close() async
}

extension SpeechToTextSession {
    public var abilities: HearingAbilities { HearingAbilities(findsSpeech: true, judgesTurns: false) }

    public func finishUtterance() async {}
}

/// What a hearing tells of besides text.
public struct HearingAbilities: Sendable, Hashable {
    /// Whether ``HearingEvent/speechStarted(at:)`` and ``HearingEvent/speechEnded(at:)`` come from it; without, somebody
    /// else has to listen for them.
    public var findsSpeech: Bool
    /// Whether it tells by ``HearingEvent/turn(_:)`` when the caller's turn is over.
    public var judgesTurns: Bool

    public init(findsSpeech: Bool, judgesTurns: Bool) {
        self.findsSpeech = findsSpeech
        self.judgesTurns = judgesTurns
    }
}

/// Something heard. Positions are samples of the caller's audio since the session began, at the session's rate.
public enum HearingEvent: Sendable, Equatable {
    /// Sound that may be speech: enough to lower the agent's voice, not enough to stop it.
    case speechStarted(at: Int)
    /// It was no speech after all.
    case speechDismissed(at: Int)
    /// The caller has stopped (or paused); the text follows in ``final(_:start:end:)``.
    case speechEnded(at: Int)
    /// What has been understood so far; may still change.
    case partial(String, start: Int)
    /// The text of one stretch of speech; empty when nothing could be made of it.
    case final(String, start: Int, end: Int)
    /// What a hearing that judges turns says of the caller's; the text of it has come before.
    case turn(TurnJudgement)
    /// Hearing failed for one stretch; the session goes on.
    case failed(ProviderError)
}

/// Whether the caller has finished, by the judgement of a model that listens.
public enum TurnJudgement: Sendable, Hashable {
    /// Probably: enough to think about an answer, not enough to give it.
    case probablyOver
    /// Not after all: the caller goes on.
    case resumed
    case over
}
