import Telephony

/// One conversation: what the line is like, what the caller does, and what must have come of it.
struct ScriptedCall: Sendable {
    enum Group: String, Sendable, CaseIterable {
        case questions = "questions and answers"
        case short = "short answers"
        case pauses = "pauses within a sentence"
        case backchannels = "back-channels over the agent"
        case noises = "coughs and noise over the agent"
        case interruptions = "interruptions"
        case keys = "keys"
        case silence = "silence and hanging up"
        case echo = "echo of a loudspeaker"
        case lines = "noisy and lossy lines, codecs"
        case tools = "a model and its tools"
        case hold = "hold"
    }

    enum Agent: Sendable {
        case flow, model
    }

    /// What is done to the sound on its way.
    struct Line: Sendable {
        var codec = VoiceCodec.pcmu
        /// Steady white noise under the caller's voice, dB below it.
        var signalToNoise: Double?
        /// The share of the caller's packets that never arrive.
        var loss = 0.0
        /// The agent's sound comes back: so late, and so much quieter.
        var echo: (milliseconds: Int, decibels: Double)?
    }

    enum Step: Sendable {
        /// Hears the agent out: goes on when it has spoken and then been quiet for so long.
        case listen(quiet: Int = 1_000)
        case pause(milliseconds: Int)
        case say(CallerSound)
        /// Speaks, or only makes a noise, when the agent has been heard for so long.
        case over(milliseconds: Int, CallerSound, isMeant: Bool)
        /// Speaks, and presses a key so long after having begun.
        case sayPressing(CallerSound, Character, after: Int)
        case press(Character)
        /// Presses when the agent has been heard for so long.
        case pressOver(milliseconds: Int, Character)
        /// Puts the agent on hold and plays this to it.
        case hold(CallerSound)
        case hangUp
        /// Hangs up when the agent has been heard for so long.
        case hangUpOver(milliseconds: Int)
        /// Waits for the agent to hang up.
        case untilEnded

        /// What is to be heard in it.
        var sound: CallerSound? {
            switch self {
            case .say(let sound), .over(_, let sound, _), .sayPressing(let sound, _, _), .hold(let sound): sound
            default: nil
            }
        }

        static func say(_ text: String, _ voice: CallerSound.Voice) -> Step { .say(.words(text, voice)) }
        static func say(prompt: String) -> Step { .say(.prompt(prompt)) }
        /// An interruption.
        static func interrupt(after milliseconds: Int, _ sound: CallerSound) -> Step {
            .over(milliseconds: milliseconds, sound, isMeant: true)
        }
        /// What must not stop the agent.
        static func murmur(after milliseconds: Int, _ sound: CallerSound) -> Step {
            .over(milliseconds: milliseconds, sound, isMeant: false)
        }
    }

    struct Expected: Sendable {
        /// Each must be in what the caller was heard to say; `|` between words of which one is enough.
        var heard: [String] = []
        /// Each must be in what the agent said.
        var said: [String] = []
        /// Must not be in what the agent said.
        var unsaid: [String] = []
        /// How many turns of the agent's were cut.
        var cut: ClosedRange<Int> = 0...0
        var keys = ""
        /// Kinds of events that must have been written down.
        var events: [String] = []
        var notes: [String] = []
        /// Who hung up; `nil`: whoever.
        var end: CallEnd.Cause?
        /// How often the caller was heard at most.
        var turnsHeard: ClosedRange<Int>?
    }

    var name: String
    var group: Group
    var agent = Agent.flow
    var line = Line()
    var steps: [Step]
    var expected: Expected
}
