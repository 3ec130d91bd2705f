public import RTPMedia

/// A call that is up: sound both ways, keys, and an end.
///
/// The waist of the hourglass: SIP, WebRTC and media-stream calls conform to it, and agents, bridges and recorders know
/// nothing else. A `Call` exists only while it is answered (or while early media flows on an outgoing one); the scope
/// that was given it hangs up when it is left.
public protocol Call: AnyObject, Sendable {
    /// Unique over all calls that this installation ever had.
    var id: CallIdentifier { get }
    var direction: CallDirection { get }
    /// Who is on the other end.
    var remote: CallParty { get }
    /// Whom the caller asked for (incoming), or as whom we call (outgoing).
    var local: CallParty { get }
    /// Samples per second of `audio`, and the rate that `play` takes without resampling.
    var sampleRate: Int { get }

    /// What the other side says: one frame per 20 ms, without gaps, until the call ends. To be read by one task.
    ///
    /// When the reader stalls, the oldest frames are dropped and counted in ``CallStatistics/framesDropped``.
    var audio: CallAudio { get }
    /// What happens on the call, in order; ends with ``CallEvent/ended(_:)``. To be read by one task.
    var events: AsyncStream<CallEvent> { get }

    /// How the call sounds, told once a second while there is sound; a minute of it is kept for who reads late. To be read
    /// by one task.
    var quality: AsyncStream<QualityReport> { get }

    /// Queues one frame to be sent at its time. Suspends while more than about 200 ms are queued, so that a loop
    /// around it runs at the pace of speech.
    ///
    /// - Throws: ``CallError/ended(_:)`` when the call is over, ``CallError/unsupportedSampleRate(_:)``.
    func play(_ frame: PCMFrame) async throws(CallError)
    /// Drops everything that is queued and not yet sent.
    ///
    /// - Returns: how many samples of what was ever given to `play` have been sent, at `sampleRate`.
    @discardableResult func flush() async -> Int
    /// How many samples given to `play` have been sent so far, at `sampleRate`.
    func playedSamples() async -> Int
    /// Waits until all that was given to `play` has been sent, or the call is over.
    func drain() async

    /// Sends digits as RFC 4733 events, or as tones in the sound where the other side takes no events: 100 ms each with
    /// 60 ms between (0–9, *, #, A–D; `,` pauses half a second). Returns once they are sent or the call is over.
    func sendDTMF(_ digits: String) async throws(CallError)
    /// Asks the other side to call `target` instead (blind, RFC 3515), and waits for the outcome.
    func transfer(to target: String) async throws(CallError)
    /// The same with further header fields, where the call's signalling has such.
    func transfer(to target: String, headers: [(name: String, value: String)]) async throws(CallError)
    /// Whether the other side's telephone says that it can be asked to take our place in another call, and can be found
    /// there: REFER and Replaces (RFC 3515, RFC 3891).
    var takesAttendedTransfer: Bool { get async }
    /// Asks the other side to take our place in `other`, a call of the same signalling, and waits for the outcome: an
    /// attended transfer (RFC 5589 §7). Both calls go on until they are hung up.
    func transfer(to other: any Call) async throws(CallError)
    /// Stops our sound and tells the other side to wait (`sendonly` or `inactive`).
    func hold() async throws(CallError)
    func resume() async throws(CallError)
    /// Ends the call; a second call does nothing.
    func hangUp(reason: HangUpReason) async
    /// The same with further header fields, where the call's signalling has such.
    func hangUp(reason: HangUpReason, headers: [(name: String, value: String)]) async
    /// Figures so far; after the end, the final ones.
    func statistics() async -> CallStatistics
    /// How loud both sides were since this was last asked for; `nil` when that was more than five seconds or less than 20 ms
    /// ago, or never: nothing is measured that nobody looks at.
    func levels() async -> CallLevels?
    /// Has what was heard worked on before it is in ``audio``: our own voice taken out of it, noise lowered, the level
    /// evened. `nil` leaves it as it came, as at first. Taps get what came.
    func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError)
    /// What the front end found in the last 20 ms; `nil` without one.
    func speechObservation() async -> SpeechObservation?
    /// Hands both sides of the call to `tap`, 20 ms at a time and in step: what was heard, and what was sent (silence
    /// when nothing was), at `sampleRate`. What was heard had been said in the 20 ms before, what is sent sounds in the
    /// 20 ms after. For recorders. Called on the media loop: it must return at once. `nil` stops.
    func setTap(_ tap: CallTap?) async
}

extension Call {
    /// A call whose sound comes as it is, or is worked on elsewhere.
    public func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError) {}

    public func speechObservation() async -> SpeechObservation? { nil }

    /// A call that does not measure.
    public func levels() async -> CallLevels? { nil }

    /// A call that tells nothing of its sound.
    public var quality: AsyncStream<QualityReport> { AsyncStream { $0.finish() } }

    /// Leaves the header fields out.
    public func transfer(to target: String, headers: [(name: String, value: String)]) async throws(CallError) {
        try await transfer(to: target)
    }

    /// A call whose signalling has no attended transfer.
    public var takesAttendedTransfer: Bool { get async { false } }

    /// Refuses: see ``takesAttendedTransfer``.
    public func transfer(to other: any Call) async throws(CallError) {
        throw .refused(status: 0, reason: "This call can't be put through to another one.")
    }

    /// Leaves the header fields out.
    public func hangUp(reason: HangUpReason, headers: [(name: String, value: String)]) async {
        await hangUp(reason: reason)
    }
}

/// Receives 20 ms of the other side and the same 20 ms of ours; see ``Call/setTap(_:)``.
public typealias CallTap = @Sendable (_ heard: PCMFrame, _ sent: PCMFrame) -> Void

/// A name for a call that is unique over this installation's life; sorts by time of birth.
public struct CallIdentifier: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }
}

public enum CallDirection: String, Sendable, Codable {
    case incoming, outgoing
}

/// One end of a call as its signalling named it.
public struct CallParty: Sendable, Hashable, Codable {
    /// The address, e.g. `sip:alice@example.com` or `+15551234567`.
    public var address: String
    public var displayName: String?

    public init(address: String, displayName: String? = nil) {
        self.address = address
        self.displayName = displayName
    }
}

/// Why we hang up; decides nothing but what the other side and the record are told.
public enum HangUpReason: String, Sendable, Codable {
    /// The conversation is over.
    case normal
    /// The configured maximum length was reached.
    case maximumDuration
    /// What the call may cost is used up.
    case budget
    /// The caller said nothing for too long.
    case silence
    /// This process is stopping.
    case shutdown
    /// Something of ours broke.
    case failure
}
