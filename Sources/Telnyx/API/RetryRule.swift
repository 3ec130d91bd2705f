/// When the same is asked again: a value, so that it can be tried without sockets.
public struct RetryRule: Sendable, Hashable {
    /// How often in all.
    public var attempts = 4
    /// How long the first attempt at a command may be silent: Telnyx's advice. Twice as long for each further one.
    public var commandSilence = Duration.milliseconds(500)
    /// How long an attempt at anything else may be silent, and the longest for a command.
    public var silence = Duration.seconds(10)
    /// Of all attempts and waits. A `command_id` is remembered for 60 seconds: later the same would act again.
    public var whole = Duration.seconds(40)
    /// After an attempt that failed; twice as long after each further one.
    public var pause = Duration.milliseconds(250)

    public init() {}

    /// What came of an attempt.
    enum Outcome: Sendable, Hashable {
        case answer(status: Int, wait: Duration?)
        /// It was certainly not taken.
        case notConnected
        /// Nobody knows.
        case silent
    }

    /// How long attempt `number`, from 0, may be silent.
    func limit(of number: Int, _ repeatability: TelnyxRequest.Repeatability) -> Duration {
        guard repeatability == .byCommandID else { return silence }
        return min(silence, commandSilence * (1 << max(0, min(number, 10))))
    }

    /// How long to wait before the same is asked again; `nil` to leave it.
    ///
    /// - Parameters:
    ///   - number: of the attempt, from 0.
    ///   - outcome: what came of it.
    ///   - repeatability: of the request.
    ///   - spent: an upper bound of the time since the first attempt.
    func wait(
        after number: Int, _ outcome: Outcome, _ repeatability: TelnyxRequest.Repeatability, spent: Duration
    ) -> Duration? {
        guard number + 1 < attempts else { return nil }
        let usual = pause * (1 << max(0, min(number, 10)))
        let wait: Duration
        switch outcome {
        case .answer(429, let told): wait = told ?? usual
        case .answer(408, let told), .answer(500..., let told):
            guard repeatability != .never else { return nil }
            // A command is repeated at once, as Telnyx advises; then it gets time.
            wait = told ?? (repeatability == .byCommandID && number == 0 ? .zero : usual)
        case .answer: return nil
        case .notConnected: wait = usual
        case .silent:
            guard repeatability != .never else { return nil }
            wait = repeatability == .byCommandID ? .zero : usual
        }
        return spent + wait + limit(of: number + 1, repeatability) <= whole ? wait : nil
    }

    /// What an answer says of how long to wait.
    static func wait(_ answer: TelnyxAnswer) -> Duration? {
        if let text = answer.headers["retry-after"], let seconds = Double(text), (0...3_600).contains(seconds) {
            return .milliseconds(Int64(seconds * 1_000))
        }
        return answer.status == 429 ? answer.rateLimit?.reset : nil
    }
}
