internal import RTPMedia
internal import TelephonyPrimitives

/// When the caller speaks, out of what the front end sees in each 20 ms and what the hearing tells.
///
/// The front end is quicker with the beginning, a hearing that listens for speech is surer of it. So speech begins with
/// whichever tells first; what the front end alone has heard is dismissed unless the hearing confirms it. Where the
/// hearing gives text alone, the front end decides.
///
/// A hearing takes our own voice on its way back for a caller until the canceller has learnt the line. The front end
/// knows it before that: such speech counts only once somebody else is seen in it.
struct SpeechActivity: Sendable {
    enum Event: Sendable, Equatable {
        case started
        case dismissed
        /// - Parameter lastSound: when the caller was last heard.
        case ended(lastSound: Instant)
    }

    /// So many frames in a row with a voice in them are speech: 80 ms.
    private static let onset = 4
    /// After so many without, it is over: 240 ms.
    private static let release = 12
    /// Frames with a voice that make it more than a click or a cough: 120 ms.
    private static let shortest = 6
    /// How long the hearing may take to confirm, once the front end sees nothing more.
    private static let confirmation = Duration.milliseconds(500)
    /// The same while the front end goes on seeing it: noise that sets in looks like a voice until it is known.
    private static let longConfirmation = Duration.milliseconds(800)

    /// Frames without our own echo after which speech that goes on is somebody else's: longer than a hearing takes to
    /// notice an end.
    private static let echoGone = 25

    private let hearingFindsSpeech: Bool
    private var run = 0
    private var quiet = 0
    private var voiced = 0
    private var isSeen = false
    private var isHeard = false
    private var lastSound: Instant
    /// Since when the front end alone has seen speech, or had until it was over.
    private var unconfirmedSince: Instant?
    /// What the front end sees was dismissed while it went on: until it is over it is no speech.
    private var isDoubted = false
    /// The last 16 frames, a bit each, the latest the lowest: those with our own echo, and those with another voice.
    private var echoes: UInt16 = 0
    private var voices: UInt16 = 0
    /// Frames since our own echo was seen.
    private var sinceEcho = 0
    /// The hearing hears speech that is our own echo.
    private(set) var isHearingEcho = false
    /// Up to which place what the hearing heard was our own echo.
    private var echoEnd = 0

    init(hearingFindsSpeech: Bool, now: Instant) {
        self.hearingFindsSpeech = hearingFindsSpeech
        lastSound = now
    }

    private var isSpeaking: Bool { isSeen || isHeard }

    /// Whether what there was to hear lately was our own voice.
    private var isEcho: Bool {
        !isSeen && echoes.nonzeroBitCount >= Self.onset && voices.nonzeroBitCount * 2 <= echoes.nonzeroBitCount
    }

    /// What the front end saw in the last 20 ms.
    mutating func saw(_ observation: SpeechObservation, now: Instant) -> Event? {
        let isVoice = observation.isSpeech && observation.speechProbability > 0.5 && !observation.isOwnEcho
        echoes = echoes << 1 | (observation.isOwnEcho ? 1 : 0)
        voices = voices << 1 | (isVoice ? 1 : 0)
        sinceEcho = observation.isOwnEcho ? 0 : sinceEcho + 1
        if isVoice {
            run += 1
            voiced += 1
            quiet = 0
            lastSound = now
        } else {
            run = 0
            quiet += 1
            if quiet >= Self.release { isDoubted = false }
        }
        // Somebody speaks over the echo, or goes on after it.
        if isHearingEcho, run >= Self.onset || sinceEcho >= Self.echoGone { return accept() }
        if !isSeen, !isDoubted, run >= Self.onset {
            let began = !isSpeaking && unconfirmedSince == nil
            isSeen = true
            voiced = run
            if hearingFindsSpeech, !isHeard { unconfirmedSince = unconfirmedSince ?? now }
            if began { return .started }
        } else if isSeen, quiet >= Self.release {
            isSeen = false
            if !hearingFindsSpeech {
                return voiced < Self.shortest ? .dismissed : .ended(lastSound: lastSound)
            }
        }
        if let since = unconfirmedSince, now - since >= (isSeen ? Self.longConfirmation : Self.confirmation) {
            unconfirmedSince = nil
            isDoubted = isSeen
            isSeen = false
            return .dismissed
        }
        return nil
    }

    mutating func hearingStarted() -> Event? {
        guard !isEcho else {
            isHearingEcho = true
            return nil
        }
        return accept()
    }

    /// Takes what the hearing hears for somebody's speech.
    private mutating func accept() -> Event? {
        isHearingEcho = false
        let isNew = !isSpeaking && unconfirmedSince == nil
        isHeard = true
        unconfirmedSince = nil
        return isNew ? .started : nil
    }

    /// - Parameters:
    ///   - place: where in the hearing's sound the speech ended, samples.
    ///   - lastSound: when the caller was last heard.
    mutating func hearingEnded(at place: Int, lastSound: Instant) -> Event? {
        guard !isHearingEcho else {
            isHearingEcho = false
            echoEnd = place
            return nil
        }
        isHeard = false
        isSeen = false
        run = 0
        unconfirmedSince = nil
        return .ended(lastSound: lastSound)
    }

    mutating func hearingDismissed() -> Event? {
        guard !isHearingEcho else {
            isHearingEcho = false
            return nil
        }
        isHeard = false
        isSeen = false
        run = 0
        unconfirmedSince = nil
        return .dismissed
    }

    /// Whether words that begin at `place` in the hearing's sound are those of our own echo.
    func isEcho(from place: Int) -> Bool { place < echoEnd }
}
