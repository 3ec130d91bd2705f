internal import TelephonyPrimitives

/// Finds out who has answered a call of ours, from what is heard: a human, a voicemail, a telephone that screens calls, a
/// menu, a fax machine, or nobody. No sound, no task, no clock.
///
/// It holds nothing up: whoever talks on the call goes on as if it were not there until it has found something. What was
/// taken for a human may still turn out to be a machine that says more.
struct AnswerDetector: Sendable {
    enum Event: Sendable, Equatable {
        case speechStarted
        /// It was no speech.
        case speechDismissed
        case speechEnded(lastSound: Instant)
        case partial(String)
        case final(String)
        case toneStarted(hertz: Double)
        case toneEnded(hertz: Double, duration: Duration)
        /// Something of ours was heard out by the other side.
        case weSpoke
        case tick
    }

    enum Finding: Sendable, Equatable {
        /// Confidence in percent, and why.
        case answered(AnsweredBy, confidence: Int, reason: String)
        /// A tone that may be the beep of a voicemail is over.
        case beep
    }

    private static let shortGreeting = Duration.milliseconds(3_500)
    /// Nobody talks for so long without having been answered.
    private static let longGreeting = Duration.milliseconds(5_500)
    /// The same after words of a human.
    private static let longHumanGreeting = Duration.seconds(9)
    /// A pause in a greeting is shorter.
    private static let pause = Duration.milliseconds(1_000)
    /// So long after a short greeting it is clear that somebody waits for us.
    private static let quiet = Duration.milliseconds(1_200)
    private static let longQuiet = Duration.milliseconds(2_000)
    private static let silence = Duration.seconds(8)
    /// What is heard later no longer tells who has answered.
    private static let watched = Duration.seconds(25)
    /// A screened call may wait for its owner.
    private static let screened = Duration.seconds(90)
    /// Text of a greeting that is kept.
    private static let longestText = 2_000

    private let start: Instant
    private(set) var kind: AnsweredBy?
    private(set) var isSpeaking = false
    private var speechBegan: Instant
    /// The first unbroken greeting.
    private var spanStart: Instant?
    private var isSpanOver = false
    private(set) var lastSound: Instant?
    private var text = ""
    private var partial = ""
    private var awaitsFinal = false
    private var tone: (hertz: Double, since: Instant)?
    /// The last tone that was long enough, unless somebody has spoken since.
    private(set) var beepEnded: Instant?
    private var hasSpoken = false
    private var screenedAt: Instant?

    init(now: Instant) {
        start = now
        speechBegan = now
    }

    /// Whether a beep was announced.
    var expectsBeep: Bool { GreetingPhrases.promisesBeep(text + " " + partial) }
    var isToneOn: Bool { tone != nil }

    private func isWatching(_ now: Instant) -> Bool {
        now - start < Self.watched || screenedAt.map { now - $0 < Self.screened } ?? false
    }

    /// When ``Event/tick`` is wanted.
    var deadline: Instant? {
        [faxDeadline, lengthDeadline, quietDeadline, silenceDeadline].compactMap { $0 }.min()
    }

    mutating func receive(_ event: Event, now: Instant) -> [Finding] {
        var findings: [Finding] = []
        switch event {
        case .speechStarted: began(now: now)
        case .speechDismissed:
            isSpeaking = false
            partial = ""
            if lastSound == nil { spanStart = nil }
        case .speechEnded(let sound):
            if isSpeaking {
                lastSound = max(lastSound ?? start, min(sound, now))
                awaitsFinal = true
            }
            isSpeaking = false
        case .partial(let said):
            partial = said
            judge(isFinal: false, now: now, &findings)
        case .final(let said):
            awaitsFinal = false
            partial = ""
            if !said.isEmpty {
                text = String((text + " " + said).suffix(Self.longestText))
                heard(said, now: now, &findings)
            }
        case .toneStarted(let hertz):
            tone = (hertz, now - .milliseconds(150))
            if let spanStart, now - spanStart < .milliseconds(600), text.isEmpty {
                // What was taken for speech is the tone.
                self.spanStart = nil
                isSpeaking = false
            }
        case .toneEnded(let hertz, let duration): toneEnded(hertz, duration, now: now, &findings)
        case .weSpoke: hasSpoken = true
        case .tick: break
        }
        settle(now: now, &findings)
        return findings
    }

    private mutating func began(now: Instant) {
        guard tone == nil else { return }
        if !isSpeaking { speechBegan = now }
        isSpeaking = true
        beepEnded = nil
        if spanStart == nil {
            spanStart = now
        } else if let lastSound, now - lastSound >= Self.pause {
            isSpanOver = true
        }
    }

    // MARK: Words

    private mutating func heard(_ said: String, now: Instant, _ findings: inout [Finding]) {
        guard kind == .human || kind == .screening else {
            judge(isFinal: true, now: now, &findings)
            return
        }
        guard isWatching(now) else { return }
        if let phrase = kind == .human ? Self.correction(said) : GreetingPhrases.ofMachine(said) {
            find(.machine, 90, "it said \"\(phrase)\"", &findings)
        } else if kind == .screening, GreetingPhrases.ofScreening(said) == nil, GreetingPhrases.ofWaiting(said) == nil {
            // Whoever says anything else has taken the call.
            find(.human, 80, "somebody spoke after the screening", &findings)
        }
    }

    /// The phrase by which somebody who seemed to be a human is known for a machine. In a conversation others are said, too:
    /// "he's not available".
    private static func correction(_ said: String) -> String? {
        guard Completeness.words(of: said).count >= 4 else { return nil }
        return GreetingPhrases.certainlyOfMachine(said)
    }

    private mutating func judge(isFinal: Bool, now: Instant, _ findings: inout [Finding]) {
        guard kind == nil || kind == .silence || kind == .menu, isWatching(now) else { return }
        let all = text + " " + partial
        if let phrase = GreetingPhrases.ofMachine(all) {
            find(.machine, 95, "it said \"\(phrase)\"", &findings)
        } else if kind != .menu, let phrase = GreetingPhrases.ofScreening(all) {
            screenedAt = now
            find(.screening, 90, "it said \"\(phrase)\"", &findings)
        } else if kind != .menu, let phrase = GreetingPhrases.ofMenu(all) {
            find(.menu, 85, "it said \"\(phrase)\"", &findings)
        } else if isFinal, !hasSpoken, GreetingPhrases.digitsInRow(all) >= 6 {
            find(.machine, 80, "it read out a number", &findings)
        } else if isFinal, !isSpanOver, let phrase = GreetingPhrases.perhapsOfMachine(all),
            GreetingPhrases.ofHuman(all) == nil, spanLength > Self.shortGreeting
        {
            find(.machine, 75, "it said \"\(phrase)\" and more", &findings)
        }
    }

    // MARK: Tones

    private mutating func toneEnded(
        _ hertz: Double, _ duration: Duration, now: Instant, _ findings: inout [Finding]
    ) {
        tone = nil
        if text.isEmpty, kind == nil, abs(hertz - 1_100) < 40,
            (.milliseconds(400)...(.milliseconds(650))).contains(duration)
        {
            find(.fax, 85, "the tone of a fax machine that calls, 1100 Hz", &findings)
            return
        }
        beepEnded = now
        findings.append(.beep)
        // Where nobody has said anything it may be a ringing tone.
        guard kind == nil || kind == .human || kind == .screening, duration >= .milliseconds(200), isWatching(now),
            let lastSound, now - lastSound - duration < .seconds(5), !hasSpoken || kind != .human
        else { return }
        find(.machine, 90, "a beep of \(Int(hertz)) Hz after the greeting", &findings)
    }

    private var faxDeadline: Instant? {
        guard let tone, kind == nil || kind == .silence, abs(tone.hertz - 2_100) < 25 else { return nil }
        return tone.since + .milliseconds(850)
    }

    // MARK: Lengths

    private var spanLength: Duration {
        guard let spanStart, let lastSound else { return .zero }
        return lastSound - spanStart
    }

    /// When a greeting that goes on is too long for a human's.
    private var lengthDeadline: Instant? {
        guard kind == nil, isSpeaking, !isSpanOver, let spanStart, tone == nil else { return nil }
        let isHuman = GreetingPhrases.ofHuman(text + " " + partial) != nil
        return spanStart + (isHuman ? Self.longHumanGreeting : Self.longGreeting)
    }

    /// When it is clear that whoever has spoken waits for us.
    private var quietDeadline: Instant? {
        guard kind == nil || kind == .silence, !isSpeaking, let lastSound, tone == nil else { return nil }
        let isHuman = text.contains("?") || GreetingPhrases.ofHuman(text) != nil
        let wait = spanLength <= Self.shortGreeting || isHuman ? Self.quiet : Self.longQuiet
        // What was said may come late.
        return lastSound + (awaitsFinal ? max(wait, .seconds(4)) : wait)
    }

    private var silenceDeadline: Instant? {
        kind == nil && spanStart == nil && tone == nil ? start + Self.silence : nil
    }

    private mutating func settle(now: Instant, _ findings: inout [Finding]) {
        if let due = faxDeadline, now >= due {
            find(.fax, 95, "the answer tone of a fax machine, 2100 Hz", &findings)
        } else if let due = lengthDeadline, now >= due {
            find(.machine, 70, "it talked on without waiting for an answer", &findings)
        } else if let due = quietDeadline, now >= due {
            if text.isEmpty {
                // A noise, or a word that nobody made out.
                find(.human, 55, "somebody made a short sound and waited", &findings)
            } else if spanLength <= Self.shortGreeting {
                find(.human, 90, "a short greeting, and then a pause", &findings)
            } else {
                find(.human, 65, "a greeting, and then a pause", &findings)
            }
        } else if let due = silenceDeadline, now >= due {
            find(.silence, 60, "nothing was heard for \(Self.silence.components.seconds) s", &findings)
        }
    }

    private mutating func find(
        _ kind: AnsweredBy, _ confidence: Int, _ reason: String, _ findings: inout [Finding]
    ) {
        guard self.kind != kind else { return }
        self.kind = kind
        if kind == .screening { text = "" }
        findings.append(.answered(kind, confidence: confidence, reason: reason))
    }
}
