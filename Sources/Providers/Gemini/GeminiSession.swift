internal import Agent
internal import RTPMedia
internal import TelephonyPrimitives

/// One call's conversation with Gemini Live.
///
/// The service has turns but does not name them: a reply begins with the first that comes of it. Connections last about
/// ten minutes; the service says when one is to end, and another takes the session up by its handle.
struct GeminiSession: SpeechToSpeechCore {
    struct Socket: Sendable, Equatable {
        let id: Int
        var isReady = false
        /// When it has to be ready.
        var deadline: Instant?
        /// Whether it takes up a session by a handle.
        var resumes = false
    }

    /// The model's turn under way.
    struct Reply: Sendable, Equatable {
        let number: Int
        var reader = SoundReader(.linear16)
        var samples = 0
        var isCut = false
        var isGenerated = false

        static func == (left: Reply, right: Reply) -> Bool { left.number == right.number }
    }

    static let outputRate = 24_000
    static let maximumFailures = 3
    /// Keys come in numbers; one answer for all.
    static let keyPause = Duration.milliseconds(1_200)
    /// A caller of whom nothing more is told has stopped.
    static let longestSpeech = Duration.seconds(5)
    /// The end of a turn that was made is told this long after it must have sounded, or never.
    static let turnGrace = Duration.seconds(3)
    static let maximumUnheard = 80_000

    let configuration: GeminiConfiguration
    let inputSampleRate = 16_000
    var outputSampleRate: Int { Self.outputRate }

    var current = Socket(id: 1)
    /// A connection that will follow.
    var next: Socket?
    var lastSocket = 1
    var isStarting = true
    var isLost = false
    var failures = 0
    var handle: String?
    var history: SpokenHistory
    var unheard: [Int16] = []

    var reply: Reply?
    var lastReply = 0
    /// When the reply under way must be over.
    var replyDeadline: Instant?
    /// What is to be said to the model, and from when.
    var prompts: [String] = []
    var notBefore = Instant.zero
    /// What was asked last, and since when, until something comes.
    var asked: String?
    var askedAt: Instant?
    var callerText = ""
    var isCallerSpeaking = false
    var callerSince = Instant.zero
    var running: [ToolCall] = []
    var heldActions: [DialogueAction] = []

    /// - Parameter history: what was said on the call before.
    init(_ configuration: GeminiConfiguration, history: SpokenHistory = SpokenHistory()) {
        self.history = history
        self.configuration = configuration
    }

    mutating func start(now: Instant) -> [SpeechToSpeechOutput] { [.open(socket: 1, after: .zero)] }

    mutating func receive(_ input: SpeechToSpeechInput, now: Instant) -> [SpeechToSpeechOutput] {
        guard !isLost else { return [] }
        var outputs: [SpeechToSpeechOutput] = []
        switch input {
        case .opened(let socket): opened(socket, now: now, &outputs)
        case .message(let text, let socket): message(text, socket, now: now, &outputs)
        case .gone(let end, let socket): gone(end, socket, now: now, &outputs)
        case .hear(let samples): hear(samples, &outputs)
        case .prompt(let input): prompt(input, now: now)
        case .interrupted(let number, let heardMs): interrupted(number, heardMs: heardMs)
        case .toolEnded(let call, let verdict): toolEnded(call, verdict, now: now, &outputs)
        case .tick: tick(now: now, &outputs)
        }
        if !isLost { goOn(now: now, &outputs) }
        return outputs
    }

    // MARK: What we do

    private mutating func hear(_ samples: [Int16], _ outputs: inout [SpeechToSpeechOutput]) {
        guard current.isReady else {
            unheard += samples
            if unheard.count > Self.maximumUnheard { unheard.removeFirst(unheard.count - Self.maximumUnheard) }
            return
        }
        guard !samples.isEmpty else { return }
        let base64 = SoundCoding.linear(sampleRate: inputSampleRate).base64(of: samples)
        outputs.append(.send(GeminiClientMessage.sound(base64, sampleRate: inputSampleRate), socket: current.id))
    }

    private mutating func prompt(_ input: DialogueInput, now: Instant) {
        switch input {
        case .began: prompts.append("The call has just begun. \(configuration.greeting)")
        case .said(let text): prompts.append("The caller writes: \(text)")
        case .pressed(let key):
            prompts.append("The caller pressed the key \(key) of the telephone.")
            notBefore = now + Self.keyPause
        case .silence(let count):
            prompts.append(
                count > 1
                    ? "The caller still says nothing. Say in one short sentence that you will end the call."
                    : "The caller has said nothing for a while. Ask briefly whether they are still there.")
        // Only agents that take turns by rules of ours ask for digits.
        case .digits: break
        case .holdEnded: prompts.append("The caller has waited long enough. Say that you are back.")
        case .transferFailed(let reason):
            prompts.append("The transfer failed: \(reason) Tell the caller, and help in another way.")
        }
        if prompts.count > 20 { prompts.removeFirst() }
    }

    /// The service keeps what it has made; what was heard of it can't be told.
    private mutating func interrupted(_ number: Int, heardMs: Int) {
        let isUnderWay = reply?.number == number
        let length = isUnderWay ? (reply?.samples ?? 0) / (Self.outputRate / 1_000) : 0
        if length > 0 || isUnderWay {
            history.cut(reply: number, toFraction: length > 0 ? Double(heardMs) / Double(length) : 0)
        }
        if isUnderWay { reply?.isCut = true }
        heldActions.removeAll { $0.endsTheTalk }
    }

    private mutating func toolEnded(
        _ call: ToolCall, _ verdict: ToolVerdict, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        guard let index = running.firstIndex(of: call) else { return }
        running.remove(at: index)
        outputs.append(
            .emit(.action(.toolEnded(ToolOutcome(call: call, text: verdict.text, failed: verdict.isFailure)))))
        history.add(.system, "The tool \(call.name) was called with \(call.arguments) and answered: \(verdict.text)")
        if current.isReady {
            outputs.append(.send(GeminiClientMessage.toolResponse(call, verdict), socket: current.id))
            if verdict.wantsReply { askedAt = now }
        }
        if verdict.wantsReply {
            heldActions += verdict.actions
        } else {
            for action in verdict.actions { outputs.append(.emit(.action(action))) }
        }
    }

    // MARK: What follows

    /// Whether nobody speaks or works.
    private var isBetweenTurns: Bool {
        reply == nil && !isCallerSpeaking && running.isEmpty && askedAt == nil && prompts.isEmpty
    }

    private mutating func goOn(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        if current.isReady, isBetweenTurns, next?.isReady == true { changeOver(&outputs) }
        // What is said to the model cuts off what it is saying.
        guard current.isReady, !prompts.isEmpty, now >= notBefore, reply == nil || reply?.isCut == true,
            !isCallerSpeaking, askedAt == nil
        else { return }
        let text = prompts.joined(separator: " ")
        prompts = []
        history.add(.system, text)
        asked = text
        askedAt = now
        outputs.append(
            .send(GeminiClientMessage.content([(.system, text)], asksForReply: true), socket: current.id))
    }

    var deadline: Instant? {
        guard !isLost else { return nil }
        var deadlines = [current.deadline, next?.deadline, replyDeadline].compactMap { $0 }
        if let askedAt { deadlines.append(askedAt + configuration.patience) }
        if !prompts.isEmpty, reply == nil, askedAt == nil, current.isReady { deadlines.append(notBefore) }
        if isCallerSpeaking { deadlines.append(callerSince + Self.longestSpeech) }
        return deadlines.min()
    }

    private mutating func tick(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        if let due = current.deadline, now >= due {
            return gone(.late, current.id, isOurs: true, now: now, &outputs)
        }
        if let due = next?.deadline, now >= due, let id = next?.id {
            gone(.late, id, isOurs: true, now: now, &outputs)
        }
        if isCallerSpeaking, now >= callerSince + Self.longestSpeech { callerStopped(&outputs) }
        if let due = replyDeadline, now >= due { endReply(wasCut: false, &outputs) }
        if let askedAt, now >= askedAt + configuration.patience {
            outputs.append(.emit(.failed(.timedOut("Gemini Live did not answer in time."))))
            gone(.late, current.id, isOurs: true, now: now, &outputs)
        }
    }
}
