/// A number that answers by itself, by a list of steps.
public struct ScriptedCallee: Sendable, Hashable {
    /// What is heard from it.
    public enum Sound: Sendable, Hashable {
        case silence
        /// What was said to it.
        case echo
        /// A sine of 440 Hz.
        case tone
        /// A sine of 1000 Hz: what voicemails end their greeting with.
        case beep
    }

    /// What it does.
    public enum Step: Sendable, Hashable {
        /// 180.
        case ring
        /// 183 with a description: what follows is heard before the answer.
        case earlySound
        case answer
        case play(Sound)
        case hangUp
        /// A final answer; with the carrier's own code, e.g. `D40`, behind the phrase.
        case refuse(Int, String)
    }

    /// Its number, E.164 with `+`.
    public var number: String
    /// What it is, for people.
    public var name: String
    /// Each step with the time since the one before it.
    public var steps: [TimedStep]

    /// A step, and how long after the one before it comes.
    public struct TimedStep: Sendable, Hashable {
        public var delay: Duration
        public var step: Step

        /// - Parameters:
        ///   - delay: how long after the step before it.
        ///   - step: what is done.
        public init(after delay: Duration, _ step: Step) {
            self.delay = delay
            self.step = step
        }
    }

    /// - Parameters:
    ///   - number: its number, E.164 with `+`.
    ///   - name: what it is, for people.
    ///   - steps: what it does.
    public init(number: String, name: String, steps: [TimedStep]) {
        self.number = number
        self.name = name
        self.steps = steps
    }

    /// Those of a sandbox, of the numbers that are reserved for stories.
    public static let samples = [
        ScriptedCallee(
            number: "+12025550101", name: "answers and returns what it hears",
            steps: [
                TimedStep(after: .milliseconds(200), .ring), TimedStep(after: .seconds(1), .answer),
                TimedStep(after: .zero, .play(.echo)),
            ]),
        ScriptedCallee(
            number: "+12025550102", name: "sounds before it answers, answers, and hums a tone",
            steps: [
                TimedStep(after: .milliseconds(200), .earlySound), TimedStep(after: .zero, .play(.tone)),
                TimedStep(after: .seconds(2), .answer), TimedStep(after: .seconds(30), .hangUp),
            ]),
        ScriptedCallee(
            number: "+12025550103", name: "is busy",
            steps: [TimedStep(after: .milliseconds(500), .refuse(486, "Busy Here"))]),
        ScriptedCallee(
            number: "+12025550104", name: "rings and is not answered",
            steps: [TimedStep(after: .milliseconds(200), .ring)]),
        ScriptedCallee(
            number: "+12025550105", name: "is a voicemail: 3 s of silence, a beep, then it listens",
            steps: [
                TimedStep(after: .milliseconds(200), .ring), TimedStep(after: .seconds(2), .answer),
                TimedStep(after: .zero, .play(.silence)), TimedStep(after: .seconds(3), .play(.beep)),
                TimedStep(after: .milliseconds(400), .play(.silence)), TimedStep(after: .seconds(60), .hangUp),
            ]),
        ScriptedCallee(
            number: "+12025550106", name: "declines",
            steps: [
                TimedStep(after: .milliseconds(200), .ring), TimedStep(after: .seconds(1), .refuse(603, "Decline")),
            ]),
    ]
}
