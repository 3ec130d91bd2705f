internal import TelephonyPrimitives

/// How far a call of ours is with whoever has answered it.
struct Answering: Sendable {
    enum Stage: Sendable, Equatable {
        /// The conversation goes on as it would.
        case watching
        /// A telephone that screens the call is to be told who calls, and has been.
        case screening(isTold: Bool)
        /// A voicemail: its beep is waited for.
        case awaitingBeep
        /// What is left on it is being said.
        case leaving
    }

    let plan: AnsweringPlan
    var detector: AnswerDetector
    var stage = Stage.watching
    /// Since when the stage goes on.
    var stageBegan: Instant
    /// The beep was heard, but what was being said has not stopped yet.
    var isDue = false
    /// Since when somebody talks over the message.
    var talkedOverSince: Instant?
    /// How often the message was begun anew: the greeting had not been over.
    var restarts = 0

    static let quietBeforeMessage = Duration.milliseconds(1_500)
    /// The same when a beep was announced.
    static let quietBeforeLateBeep = Duration.seconds(4)
    static let longestWait = Duration.seconds(90)
    static let talkedOver = Duration.milliseconds(1_200)
    static let screenerQuiet = Duration.milliseconds(800)

    init(plan: AnsweringPlan, now: Instant) {
        self.plan = plan
        detector = AnswerDetector(now: now)
        stageBegan = now
    }

    /// Whether what is heard is not for the dialogue.
    var isInCharge: Bool { stage != .watching }

    /// Whether what was found ends the conversation as it would have gone on.
    func takesOver(_ finding: AnswerDetector.Finding) -> Bool {
        switch finding {
        case .answered(.fax, _, _): true
        case .answered(.machine, _, _): plan.onMachine != .carryOn
        case .answered(.screening, _, _): plan.onScreening != nil
        case .answered, .beep: false
        }
    }

    /// When something of the stage is due.
    var stageDeadline: Instant? {
        switch stage {
        case .watching: nil
        case .screening(let isTold):
            isTold || detector.isSpeaking
                ? stageBegan + Self.longestWait
                : (detector.lastSound ?? stageBegan) + Self.screenerQuiet
        case .awaitingBeep:
            detector.isSpeaking || detector.isToneOn || isDue
                ? stageBegan + Self.longestWait : min(messageDue, stageBegan + Self.longestWait)
        case .leaving: talkedOverSince.map { $0 + Self.talkedOver }
        }
    }

    private var messageDue: Instant {
        let heard = max(detector.lastSound ?? stageBegan, stageBegan - Self.quietBeforeMessage)
        return heard + (detector.expectsBeep ? Self.quietBeforeLateBeep : Self.quietBeforeMessage)
    }
}
