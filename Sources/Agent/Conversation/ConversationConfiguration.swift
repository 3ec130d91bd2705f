internal import Telephony

/// The habits of a conversation.
public struct ConversationConfiguration: Sendable, Equatable {
    /// How long the caller's pauses may be; see ``PauseHabits``.
    public var pauses = PauseHabits()
    /// What was said has to be there this long after the caller has stopped; then what is known of it counts, or nothing.
    public var transcriptPatience = Duration.seconds(4)
    /// When nothing has been heard for this long, the dialogue is asked for a prompt.
    public var silencePrompt = Duration.seconds(8)
    /// When nothing has been heard from the caller for this long, the dialogue says goodbye and the call ends; not
    /// within 3 s of a prompt.
    public var silenceHangUp = Duration.seconds(20)
    /// The call ends after this long, whatever is said.
    public var maximumDuration = Duration.seconds(1_800)
    /// A part that has been at work for this long without a result has failed.
    public var patience = Duration.seconds(20)
    /// An answer ought to begin this long after the caller's last sound. Once it is late, something is said to fill the
    /// time, and the dialogue is asked for shorter answers. `nil`: it takes as long as it takes.
    public var answerBudget: Duration? = .milliseconds(1_800)
    /// A tool that takes longer than this is covered by words, and by the waiting sound. `nil`: never.
    public var toolFillerAfter: Duration? = .milliseconds(700)
    /// What is heard while a tool takes longer than that and nothing is said, after the fillers when there are some. `nil`:
    /// nothing.
    public var waitingSound: WaitingSound?
    /// What callers hear while somebody else is asked whether they take them; `nil`: nothing.
    public var holdMusic: WaitingSound? = .melody
    /// What whoever is asked hears.
    public var consultationWords = ConsultationWords()
    /// What fills the time, in turn.
    public var fillers = ["One moment, please.", "Just a second.", "Still looking."]
    /// On a call that we placed, and on no other: so long we wait for the other side's first word before we greet. `nil`: we
    /// greet at once.
    public var waitsForHello: Duration?
    /// On a call that we placed, and on no other: what is done when no human answers. `nil`: nobody looks for that.
    public var answering: AnsweringPlan?
    /// What is said when a part fails, before hanging up.
    public var apology = "I am sorry, something went wrong on our side. Please call again later."
    /// Where the caller is put through to after the apology, in place of hanging up.
    public var failureTransfer: String?

    public init() {}

    /// The habits on a call of that direction: who calls us is greeted at once.
    func on(_ direction: CallDirection) -> ConversationConfiguration {
        var habits = self
        if direction == .incoming {
            habits.waitsForHello = nil
            habits.answering = nil
        }
        return habits
    }
}

/// How long we wait after the caller's last sound, by what was said.
public struct PauseHabits: Sendable, Equatable {
    /// After words that are whole: a question, a closed sentence, a yes or no.
    public var finished = Duration.milliseconds(350)
    /// After words that may be whole.
    public var open = Duration.milliseconds(700)
    /// After words that are not: "and", "my number is", a number begun.
    public var unfinished = Duration.milliseconds(1_500)
    /// However slowly a caller speaks, nobody is waited for longer.
    public var longest = Duration.milliseconds(2_500)

    public init() {}

    /// - Parameter all: the pause whatever was said.
    public init(all: Duration) {
        finished = all
        open = all
        unfinished = all
        longest = all
    }
}
