internal import Telephony
internal import TelephonyPrimitives

/// Decides whose turn it is: what to say when, when to stop, and when it is over. No provider, no task, no clock.
///
/// An answer is thought out, and its sound made, as soon as the caller seems to have finished; it is let out when the
/// pause is long enough for what was said (``TurnPatience``), and dropped when the caller goes on. When somebody speaks
/// over the agent, playing stops at once; whether that was an interruption is known once the words are there, and what
/// was none (a noise, a "mm-hm", our own echo) lets the agent go on at the word that was cut.
struct TurnTaking: Sendable {
    enum Input: Sendable, Equatable {
        case began
        case speechStarted
        case speechDismissed
        /// - Parameter lastSound: when the caller was last heard; `nil`: now.
        case speechEnded(lastSound: Instant? = nil)
        case partial(String)
        /// What the caller said; times in milliseconds since the conversation began.
        case final(String, startMs: Int, endMs: Int)
        /// What a hearing that judges turns says of the caller's.
        case turn(TurnJudgement)
        case hearingFailed(String)
        case action(reply: Int, DialogueAction)
        case replyFinished(Int)
        case replyFailed(Int, String)
        /// The voice has the first sound of a sentence.
        case sentenceMade(Int)
        /// The first sample of a sentence is the `at`-th that was given to the call; its sound goes out after so long.
        case sentenceStarted(Int, at: Int, after: Duration = .zero)
        case sentenceWords(Int, [SpokenWord])
        case sentenceEnded(Int, at: Int)
        /// Everything that was to be said has sounded.
        case drained
        /// Answer to `stopPlayout`: so many samples have sounded in all.
        case stopped(played: Int)
        /// The voice could not say a sentence; so many samples had sounded in all.
        case voiceFailed(String, played: Int)
        /// Nothing is heard any more, for the reason given.
        case hearingEnded(String)
        case pressed(Character)
        /// The other side put us on hold, or took us back.
        case held(Bool)
        /// The keys that were to be sent have been, or could not be.
        case digitsSent
        /// `nil` when the transfer succeeded.
        case transferEnded(failure: String?)
        /// How it came out that somebody was asked whether they take the caller.
        case consultationEnded(ConsultationEnd)
        /// Others have the caller put through.
        case consult(ConsultationOrder)
        /// Others have this said.
        case announce(String)
        /// The call is to end, whatever is being said.
        case takeLeave(Farewell)
        /// A supervisor talks with the caller in the agent's place, or no more.
        case takenOver(Bool)
        /// A single steady tone is heard, as of a voicemail or a fax machine.
        case toneStarted(hertz: Double)
        case toneEnded(hertz: Double, duration: Duration)
        case tick
    }

    enum Output: Sendable, Equatable {
        /// Think about an answer. Nothing of it may be done or played before `commit`.
        case startReply(Int, DialogueInput)
        /// The answer stands.
        case commit(Int)
        case cancelReply
        case speak(Int, String)
        /// What is said from now on is said by this agent.
        case changeVoice(String)
        /// What is made to be said waits for `letPlay`.
        case holdPlayout
        case letPlay
        /// Stop at once, keep what was not heard, and tell with `.stopped` how much had sounded.
        case stopPlayout
        /// Go on with what was kept, from this sample on.
        case resumePlayout(at: Int)
        /// Drop what was kept and what is still being made.
        case dropPlayout
        /// Play the waiting sound whenever there are no words to play, or play it no more.
        case waitingSound(Bool)
        /// The caller heard only this of the reply.
        case interrupted(heard: String)
        /// Whether answers had better be short.
        case answerBriefly(Bool)
        /// This is being said, and the dialogue does not know of it.
        case announced(String)
        case transfer(to: String)
        /// Ask somebody whether they take the caller, who hears music meanwhile.
        case consult(ConsultationOrder)
        /// Nobody is to be asked any more.
        case callOffConsultation
        /// Let the caller hear music, and the agent nothing of the caller; or no more.
        case holdMusic(Bool)
        case sendDTMF(String)
        case record(CallEntry)
        case hangUp(HangUpReason)
    }

    /// What is done once everything has been said.
    enum Closing: Sendable, Equatable {
        case hangUp(HangUpReason)
        case transfer(String)
        case consult(ConsultationOrder)
    }

    /// What a reply under way stands on.
    enum Basis: Sendable, Equatable {
        /// It stands.
        case committed
        /// Words that may still change.
        case partial(String)
        /// Words that are certain; the caller may still go on. Until then; `nil`: until the hearing says so.
        case pause(until: Instant?)
    }

    let configuration: ConversationConfiguration
    let start: Instant
    let sampleRate: Int
    /// Whether the hearing says when the caller's turn is over.
    let hearingJudgesTurns: Bool
    var patience: TurnPatience

    var nextReply = 0
    var nextSentence = 0
    /// The reply that is being thought out, and since when nothing has come of it.
    var reply: Int?
    var replyActivity: Instant
    var replyIsSilencePrompt = false
    /// The reply that was begun last, and what it stands on.
    var lastReply = 0
    var basis = Basis.committed
    /// What the caller has said that has not been answered yet, to be answered together with what is added.
    var question: String?
    /// The agent's turn under way.
    var playout: Playout
    var turnStart: Instant?
    var voiceActivity: Instant
    var hasVoiceFailed = false
    /// A part of ours has broken, or something is used up: after the last words the call ends for this reason, whatever
    /// the caller says.
    var leaving: HangUpReason?
    var isLeaving: Bool { leaving != nil }
    var closing: Closing?
    /// How long the caller is to wait with music once everything has been said, and until when the caller does.
    var holdToBegin: Duration?
    var holdEnds: Instant?
    /// What of the reply under way was heard and written down.
    var heardOfReply = ""
    var digitsToSend = ""
    var isSendingDigits = false
    /// What was promised before the reply under way began, and what it notes: while it may be dropped.
    var plansBefore: (closing: Closing?, digits: String) = (nil, "")
    var heldNotes: [CallEntry] = []

    var isCallerSpeaking = false
    var speechStart: Instant
    /// How long the caller had paused before going on, when an answer was under way.
    var pauseBefore: Duration?
    /// The caller's last sound.
    var lastSound: Instant
    /// The caller has stopped, and what was said is being made out; since when.
    var awaitsFinal = false
    var awaitsFinalSince: Instant
    /// What has been made out of the stretch of speech under way.
    var lastPartial = ""
    /// A key was pressed in the midst of what is being said: the key is answered, not the words.
    var isTalkedOverByKey = false
    var isStopping = false
    /// What was said and pressed while playing was being stopped: only then is it known what of the agent was heard.
    var inputsAfterStop: [Input] = []
    /// Playing was stopped because somebody spoke, and it is not yet clear whether that was meant.
    var isSuspended = false
    var suspended = Playout.Split()
    /// What was stopped, to go on with, and where to go on.
    var paused: (playout: Playout, played: Int, point: Int)?
    /// How often in a row the agent went on because it was nothing, without getting much further in between; and how many
    /// letters of its turn had been heard then.
    var fruitlessStops = (count: 0, heard: 0)
    /// What the agent said while the line had sound that no longer stopped it: of that, some may still come back.
    var saidThrough = ""
    var heldSentences: [String] = []
    /// The caller is being put through: so long neither our ears nor our words are needed.
    var isTransferring = false
    /// The caller has been put through, and is nobody's here any more.
    var isPutThrough = false
    /// The same by way of somebody who is asked first.
    var isConsulting = false
    /// A supervisor talks with the caller.
    var isTakenOver = false
    private(set) var isOnHold = false
    /// Speech that began on hold is not over: what is made out of it counts no more than the rest.
    private var hearsHold = false
    private(set) var isOver = false

    /// What others have the agent say, as soon as there is a moment for it.
    var announcements: [String] = []

    /// Digits that the caller is typing; and until when keys still belong to those that were typed last.
    var collector: DigitCollector?
    var lateKeysUntil: (time: Instant, areSecret: Bool)?

    /// Tools at work, and since when nothing was heard meanwhile.
    var toolsRunning = 0
    var fillersSaid = 0
    var fillerDue: Instant?
    /// When the tool at work has taken so long that the waiting sound covers it; and whether that plays.
    var waitingSoundDue: Instant?
    var isWaitingSoundOn = false
    var times: TurnTimes?
    /// Answers in a row that came in time; below zero after those that came late.
    var punctuality = 0
    var isBrief = false

    var lastActivity: Instant
    var lastCallerActivity: Instant
    var silenceCount = 0
    var hearingFailures = 0
    /// When we greet even when the other side has said nothing; `nil`: it has begun.
    var greetsAt: Instant?
    /// Who has answered a call of ours, and what is done about it; `nil`: that is not looked for.
    var answering: Answering?

    init(
        configuration: ConversationConfiguration, sampleRate: Int, hearingJudgesTurns: Bool = false, now: Instant
    ) {
        self.configuration = configuration
        self.sampleRate = sampleRate
        self.hearingJudgesTurns = hearingJudgesTurns
        patience = TurnPatience(configuration.pauses)
        start = now
        lastActivity = now
        lastCallerActivity = now
        replyActivity = now
        voiceActivity = now
        speechStart = now
        lastSound = now
        awaitsFinalSince = now
        playout = Playout(sampleRate: sampleRate)
        answering = configuration.answering.map { Answering(plan: $0, now: now) }
    }

    /// Whether the agent has something to say that has not sounded yet.
    var isSpeaking: Bool { !playout.isEmpty && !isSuspended }

    /// Whether the reply under way waits for the caller's turn to be over.
    var isSpeculative: Bool { basis != .committed }

    /// Whether nobody says, thinks or makes out anything.
    var isIdle: Bool {
        !isCallerSpeaking && !awaitsFinal && reply == nil && playout.isEmpty && heldSentences.isEmpty && !isSuspended
            && !isStopping && !isSpeculative && greetsAt == nil
    }

    // MARK: Inputs

    mutating func receive(_ input: Input, now: Instant) -> [Output] {
        guard !isOver else { return [] }
        // On hold there is music, or somebody else's voice: nothing of it is meant for us.
        if isPartOfHold(input) { return [] }
        var outputs: [Output] = []
        if watchAnswer(input, now: now, &outputs) { return outputs }
        switch input {
        case .began: begin(now: now, &outputs)
        case .speechStarted: callerBegan(now: now, &outputs)
        case .speechDismissed:
            isCallerSpeaking = false
            isTalkedOverByKey = false
            lastPartial = ""
            saidThrough = ""
            resume(now: now, &outputs)
        case .speechEnded(let lastSound): callerStopped(lastSound: lastSound ?? now, now: now, &outputs)
        case .partial(let text):
            lastActivity = now
            lastPartial = text
        case .final(let text, let startMs, let endMs):
            awaitsFinal = false
            if text.isEmpty || isSaidThrough(text) || !stopsFirst(input, &outputs) {
                callerSaid(text, startMs, endMs, now: now, &outputs)
            }
        case .turn(let judgement): judged(judgement, now: now, &outputs)
        case .hearingFailed(let reason): hearingFailed(reason, now: now, &outputs)
        case .action(let id, let action): if id == reply { act(action, now: now, &outputs) }
        case .replyFinished(let id): if id == reply { replyFinished(now: now, &outputs) }
        case .replyFailed(let id, let reason): if id == reply { replyFailed(reason, now: now, &outputs) }
        case .sentenceMade(let id):
            if playout.sentences.first?.id == id { times?.reached(\.firstSound, at: now) }
        case .sentenceStarted(let id, let position, let wait):
            sentenceStarted(id, at: position, soundsAt: now + wait, now: now, &outputs)
        case .sentenceWords(let id, let words):
            playout.learned(words, of: id)
            paused?.playout.learned(words, of: id)
        case .sentenceEnded(let id, let position):
            playout.ended(id, at: position)
            voiceActivity = now
        case .drained: drained(now: now, &outputs)
        case .stopped(let played): stopped(played: played, now: now, &outputs)
        case .voiceFailed(let reason, let played): voiceFailed(reason, played: played, now: now, &outputs)
        case .hearingEnded(let reason):
            record("hearing failed", reason, now: now, &outputs)
            // Nobody will say any more that the caller has stopped.
            isCallerSpeaking = false
            awaitsFinal = false
            apologise(now: now, &outputs)
        case .pressed(let key): if !stopsFirst(input, &outputs) { pressed(key, now: now, &outputs) }
        case .held(let isHeld):
            isOnHold = isHeld
            voiceActivity = now
            heardCaller(now: now)
            if isHeld { forgetHearing(now: now, &outputs) }
        case .digitsSent:
            isSendingDigits = false
            if isIdle { turnEnded(now: now, &outputs) }
        case .transferEnded(let failure): transferEnded(failure, now: now, &outputs)
        case .consultationEnded(let end): consultationEnded(end, now: now, &outputs)
        case .consult(let order): othersConsult(order, now: now, &outputs)
        case .announce(let text): announce(text, now: now, &outputs)
        case .takeLeave(let farewell): takeLeave(farewell, now: now, &outputs)
        case .takenOver(let isTaken):
            answering = nil
            if !stopsFirst(input, &outputs) { takenOver(isTaken, now: now, &outputs) }
        case .toneStarted, .toneEnded: break
        case .tick: tick(now: now, &outputs)
        }
        sayAnnouncements(now: now, &outputs)
        settleWaitingSound(now: now, &outputs)
        return outputs
    }

    /// Whether something was heard of what the line carried on hold.
    private mutating func isPartOfHold(_ input: Input) -> Bool {
        guard isOnHold || hearsHold, input.isHeard else { return false }
        switch input {
        case .speechStarted: hearsHold = isOnHold
        case .speechDismissed, .final:
            hearsHold = false
            return true
        default: return true
        }
        return isOnHold
    }

    private mutating func begin(now: Instant, _ outputs: inout [Output]) {
        if let wait = configuration.waitsForHello {
            greetsAt = now + wait
        } else {
            think(.began, now: now, &outputs)
        }
    }

    // MARK: Ends

    /// Nothing is done any more.
    mutating func end() {
        isOver = true
    }

    mutating func finish(_ reason: HangUpReason, _ outputs: inout [Output]) {
        isOver = true
        outputs.append(.hangUp(reason))
    }

    // MARK: Records

    func record(_ kind: String, _ detail: String, now: Instant, _ outputs: inout [Output]) {
        outputs.append(.record(.event(kind: kind, detail: detail, at: milliseconds(now))))
    }

    func record(_ entry: CallEntry, _ outputs: inout [Output]) {
        outputs.append(.record(entry))
    }

    func milliseconds(_ instant: Instant) -> Int {
        Int(clamping: (instant - start).inNanoseconds / 1_000_000)
    }
}

extension TurnTaking.Input {
    /// Whether it tells of something that was heard.
    fileprivate var isHeard: Bool {
        switch self {
        case .speechStarted, .speechDismissed, .speechEnded, .partial, .final, .turn: true
        default: false
        }
    }
}
