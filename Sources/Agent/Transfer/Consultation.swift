internal import TelephonyPrimitives

/// Asks somebody whether they take a caller, and never loses the caller over it: what is done when. No call, no voice, no
/// clock.
struct Consultation: Sendable {
    enum Event: Sendable, Equatable {
        case began
        case ringing
        /// - Parameter takesReplaces: whether both telephones can go on without us.
        case answered(takesReplaces: Bool)
        /// The call there was refused, or could not be placed.
        case failed(String)
        case pressed(Character)
        case said(String)
        /// All that was to be said has been; `nil`, or why not.
        case briefed(failure: String?)
        /// The other side has hung up.
        case calleeGone
        case callerGone
        /// `nil` when the caller's telephone has taken our place.
        case referEnded(failure: String?)
        /// The dialogue has changed its mind.
        case calledOff
        case tick
    }

    enum Action: Sendable, Equatable {
        case place
        /// Give up a call that is not answered.
        case withdraw
        case playMusic
        case stopMusic
        /// Say this to whoever has answered, in place of what is being said, and tell with `.briefed`.
        case brief(String)
        /// Connect both, sound and keys.
        case bridge
        /// Ask the caller's telephone to take our place.
        case refer
        case hangUpCallee(saying: String?)
        case record(String, String = "")
        case end(ConsultationEnd)
    }

    fileprivate enum Phase: Sendable, Equatable {
        case waiting
        case ringing(until: Instant)
        /// The briefing is being said.
        case briefing(until: Instant)
        /// It has been, and the answer is waited for.
        case asking(until: Instant, isAgain: Bool)
        case referring(until: Instant, isCalleeGone: Bool)
        case bridged
        case over
    }

    /// How long a briefing may take in all: a voice that never ends must not hold the caller.
    static let longestBriefing = Duration.seconds(90)
    /// How long an answer is waited for after the question, each time.
    static let answerPatience = Duration.seconds(8)
    /// How long the caller's telephone may take to take our place.
    static let referPatience = Duration.seconds(35)

    let order: ConsultationOrder
    let words: ConsultationWords
    /// Whether there is a voice to ask with. Without one whoever answers gets the caller.
    let hasVoice: Bool
    private var phase = Phase.waiting

    init(_ order: ConsultationOrder, words: ConsultationWords = ConsultationWords(), hasVoice: Bool) {
        self.order = order
        self.words = words
        self.hasVoice = hasVoice
    }

    /// Whether both are connected through us.
    var isBridged: Bool { phase == .bridged }

    /// When `.tick` is wanted.
    var deadline: Instant? {
        switch phase {
        case .ringing(let until), .briefing(let until), .asking(let until, _), .referring(let until, _): until
        case .waiting, .bridged, .over: nil
        }
    }

    mutating func receive(_ event: Event, now: Instant) -> [Action] {
        switch (phase, event) {
        case (.waiting, .began):
            phase = .ringing(until: now + order.destination.ringTimeout)
            return [
                .record("consulting", "\(order.name) (\(order.destination.kind.rawValue))"), .playMusic, .place,
            ]
        // Whoever answers too late is not left alone on the line.
        case (.over, .answered): return [.hangUpCallee(saying: hasVoice ? words.callerLeft : nil)]
        case (.waiting, _), (.over, _): return []
        case (_, .callerGone): return abandon()
        case (_, .calledOff): return callOff()
        case (.ringing, _): return whileRinging(event, now: now)
        case (.briefing, _), (.asking, _): return whileAsking(event, now: now)
        case (.referring(_, let isCalleeGone), _): return whileReferring(event, isCalleeGone: isCalleeGone, now: now)
        case (.bridged, .calleeGone):
            phase = .over
            return [.record("bridge over", "the other side hung up"), .end(.bridgeOver)]
        case (.bridged, _): return []
        }
    }

    // MARK: Until the answer

    private mutating func whileRinging(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .ringing: return [.record("consultation rings")]
        case .answered(let takesReplaces):
            return [.record("consultation answered")] + answered(takesReplaces: takesReplaces, now: now)
        case .failed(let reason): return giveBack(reason)
        case .calleeGone: return giveBack("The call was answered and ended at once.")
        case .tick:
            guard case .ringing(let until) = phase, now >= until else { return [] }
            let seconds = order.destination.ringTimeout.inNanoseconds / 1_000_000_000
            return [.withdraw] + giveBack("Nobody answered within \(seconds) s.")
        default: return []
        }
    }

    private mutating func answered(takesReplaces: Bool, now: Instant) -> [Action] {
        guard order.destination.kind == .warm, hasVoice else {
            guard takesReplaces, order.destination.kind != .warm else { return bridge() }
            phase = .referring(until: now + Self.referPatience, isCalleeGone: false)
            return [.record("attended transfer"), .refer]
        }
        phase = .briefing(until: now + Self.longestBriefing)
        let question = ConsultationWords.question(of: order.destination)
        return [.brief([order.briefing, question].filter { !$0.isEmpty }.joined(separator: " "))]
    }

    // MARK: The question

    private mutating func whileAsking(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .pressed("1"): return [.record("accepted", "by key")] + bridge()
        case .pressed("2"): return decline("\(order.name) declined the call.")
        case .said(let text):
            // Who answers the telephone with "yes?" has not been asked yet.
            guard case .asking = phase, order.destination.acceptance == .keyOrYes,
                let agrees = ConsultationAnswer.agrees(text)
            else { return [] }
            return agrees
                ? [.record("accepted", "by word")] + bridge() : decline("\(order.name) declined the call.")
        case .briefed(let failure): return briefed(failure, now: now)
        case .calleeGone: return giveBack("\(order.name) hung up without taking the call.")
        case .tick: return waitedTooLong(now: now)
        default: return []
        }
    }

    private mutating func briefed(_ failure: String?, now: Instant) -> [Action] {
        var isAgain = false
        if case .asking(_, let was) = phase { isAgain = was }
        if let failure {
            guard order.destination.acceptance != .answer else { return bridge() }
            return giveBack("\(order.name) could not be told what it is about: \(failure)", saying: nil)
        }
        let told: [Action] = isAgain ? [] : [.record("briefed", order.briefing)]
        guard order.destination.acceptance != .answer else { return told + bridge() }
        phase = .asking(until: now + Self.answerPatience, isAgain: isAgain)
        return told
    }

    private mutating func waitedTooLong(now: Instant) -> [Action] {
        switch phase {
        case .briefing(let until):
            guard now >= until else { return [] }
            return giveBack("\(order.name) could not be told what it is about in time.", saying: nil)
        case .asking(let until, let isAgain):
            guard now >= until else { return [] }
            guard !isAgain else {
                // A machine that records says nothing either.
                return giveBack("\(order.name) answered, but did not take the call.", saying: nil)
            }
            phase = .asking(until: now + Self.longestBriefing, isAgain: true)
            return [.brief(ConsultationWords.question(of: order.destination))]
        default: return []
        }
    }

    private mutating func decline(_ reason: String) -> [Action] {
        giveBack(reason, saying: words.declined)
    }

    // MARK: Both together

    private mutating func bridge() -> [Action] {
        phase = .bridged
        return [.stopMusic, .bridge, .record("bridged", order.name), .record("transferred", order.name)]
    }

    private mutating func whileReferring(_ event: Event, isCalleeGone: Bool, now: Instant) -> [Action] {
        switch event {
        case .referEnded(nil):
            phase = .over
            return [.record("transferred", order.name), .stopMusic, .hangUpCallee(saying: nil), .end(.transferred)]
        case .referEnded(let failure?): return referFailed(failure, isCalleeGone: isCalleeGone)
        // As it does when the caller's telephone has taken our place there; the report says whether it has.
        case .calleeGone:
            if case .referring(let until, _) = phase { phase = .referring(until: until, isCalleeGone: true) }
            return []
        case .tick:
            guard case .referring(let until, _) = phase, now >= until else { return [] }
            return referFailed("The caller's telephone did not say how it went.", isCalleeGone: isCalleeGone)
        default: return []
        }
    }

    private mutating func referFailed(_ reason: String, isCalleeGone: Bool) -> [Action] {
        let told = Action.record("attended transfer failed", reason)
        guard !isCalleeGone else { return [told] + giveBack("\(order.name) hung up before the call was put through.") }
        return [told] + bridge()
    }

    // MARK: Ends

    /// The caller is taken back.
    private mutating func giveBack(_ reason: String, saying words: String? = nil) -> [Action] {
        let isConnected = phase.isAnswered
        phase = .over
        return (isConnected ? [.hangUpCallee(saying: words)] : [])
            + [.record("transfer failed", reason), .stopMusic, .end(.returned(reason))]
    }

    private mutating func callOff() -> [Action] {
        // Who is connected is not torn away.
        guard phase != .bridged else { return [] }
        let isConnected = phase.isAnswered
        phase = .over
        return [
            isConnected ? .hangUpCallee(saying: hasVoice ? words.callerLeft : nil) : .withdraw,
            .record("transfer called off"), .stopMusic, .end(.calledOff),
        ]
    }

    private mutating func abandon() -> [Action] {
        defer { phase = .over }
        switch phase {
        case .ringing: return [.withdraw, .record("consultation withdrawn"), .end(.abandoned)]
        case .briefing, .asking:
            return [.hangUpCallee(saying: words.callerLeft), .record("consultation withdrawn"), .end(.abandoned)]
        case .referring(_, let isCalleeGone):
            // Both have left us: they are together.
            return (isCalleeGone ? [.record("transferred", order.name)] : [])
                + [.hangUpCallee(saying: nil), .end(.abandoned)]
        case .bridged:
            return [.record("bridge over", "the caller hung up"), .hangUpCallee(saying: nil), .end(.abandoned)]
        case .waiting, .over: return []
        }
    }
}

extension Consultation.Phase {
    fileprivate var isAnswered: Bool {
        switch self {
        case .briefing, .asking, .referring, .bridged: true
        case .waiting, .ringing, .over: false
        }
    }
}
