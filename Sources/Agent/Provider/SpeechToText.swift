/// Turns what a caller says into text. One value serves all calls; each call has a session of its own.
public protocol SpeechToText: Sendable {
    /// What this is, for people and records, e.g. `moonshine-tiny`.
    var name: String { get }
    /// - Throws: ``ProviderError`` when no further session can be served.
    func makeSession() async throws(ProviderError) -> any SpeechToTextSession
}

/// The hearing of one call: finds where speech begins and ends, and says what it was.
public protocol SpeechToTextSession: Sendable {
    /// Samples per second that ``hear(_:)`` takes.
    var sampleRate: Int { get }
    /// Takes in the next samples of the caller, without gaps, silence included. Returns at once; what was heard comes
    /// through ``events``.
    func hear(_ samples: [Int16]) async
    /// What was found, in order. To be read by one task; ends after ``close()``.
    var events: AsyncStream<HearingEvent> { get }
    /// Phrases that the dialogue expects next: they decide between near readings. Empty for none.
    func expect(_ phrases: [String]) async
    func close() async
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
    /// Hearing failed for one stretch; the session goes on.
    case failed(ProviderError)
}

/// Why a speech or dialogue part could not do its work.
public enum ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It can't be used on this machine or with this configuration; what to do about it.
    case unavailable(String)
    /// It has all the work it can take.
    case overloaded(String)
    /// One piece of work failed.
    case failed(String)
    case cancelled

    public var description: String {
        switch self {
        case .unavailable(let sentence), .overloaded(let sentence), .failed(let sentence): sentence
        case .cancelled: "The work was cancelled."
        }
    }
}
