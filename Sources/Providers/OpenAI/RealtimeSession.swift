internal import Agent
internal import RTPMedia
internal import TelephonyPrimitives

/// One call's conversation with OpenAI's Realtime interface.
///
/// Both sides may begin a response: the service when the caller has finished, and we after a tool or a key. So one
/// sequencer decides when ours is asked for: never while a response runs, while the caller speaks, or while the service
/// is about to begin one itself.
struct RealtimeSession: SpeechToSpeechCore {
    /// One socket on its way to a session.
    struct Socket: Sendable, Equatable {
        enum Stage: Sendable, Equatable {
            case opening
            /// Open; the service has not begun the session.
            case open
            /// Our settings were sent.
            case configuring(event: String)
            case ready
        }

        let id: Int
        var stage = Stage.opening
        /// When it has to be ready.
        var deadline: Instant?
        /// What the service said before it closed.
        var failure: RealtimeServerEvent.Failure?
    }

    /// What the service is doing for us.
    enum Activity: Sendable, Equatable {
        case idle
        /// We have asked for a response that has not begun.
        case requested
        case running(response: String)
    }

    /// Tools of one response: only when all have answered may the model go on.
    struct ToolBatch: Sendable {
        var waiting: Set<String>
        let socket: Int
        var wantsReply = false
        var actions: [DialogueAction] = []
    }

    static let maximumFailures = 3
    /// The service begins its answer well within this after the caller has stopped.
    static let automaticReply = Duration.seconds(4)
    /// Keys come in numbers; one answer for all.
    static let keyPause = Duration.milliseconds(1_200)
    /// Sound of the caller that is kept while there is no session.
    static let maximumUnheard = Duration.seconds(5)

    let configuration: RealtimeConfiguration
    let coding: SoundCoding

    var current: Socket
    /// A session that will follow.
    var next: Socket?
    var lastSocket = 1
    var isStarting = true
    var isLost = false
    var renewAt: Instant?
    var failures = 0
    var history: SpokenHistory
    var unheard: [Int16] = []

    var activity = Activity.idle
    /// When something last came of the response.
    var lastProgress = Instant.zero
    /// The event by which we asked for a response, until it is done.
    var request: String?
    var wantsReply = false
    var notBefore = Instant.zero
    var isCallerSpeaking = false
    /// The service is about to answer the caller by itself; and until when.
    var isAwaitingReply = false
    var awaitedUntil: Instant?
    var replies: [RealtimeReply] = []
    var finished: [String] = []
    var lastReply = 0
    var batches: [ToolBatch] = []
    /// What tools want done once the model has said its words to them.
    var heldActions: [DialogueAction] = []
    private var lastEvent = 0

    /// - Parameter history: what was said on the call before.
    init(_ configuration: RealtimeConfiguration, coding: SoundCoding, history: SpokenHistory = SpokenHistory()) {
        self.history = history
        self.configuration = configuration
        self.coding = coding
        current = Socket(id: 1)
    }

    var inputSampleRate: Int { coding.sampleRate }
    var outputSampleRate: Int { coding.sampleRate }

    mutating func start(now: Instant) -> [SpeechToSpeechOutput] {
        [.open(socket: 1, after: .zero)]
    }

    mutating func receive(_ input: SpeechToSpeechInput, now: Instant) -> [SpeechToSpeechOutput] {
        guard !isLost else { return [] }
        var outputs: [SpeechToSpeechOutput] = []
        switch input {
        case .opened(let socket): opened(socket, now: now)
        case .message(let text, let socket): message(text, socket, now: now, &outputs)
        case .gone(let end, let socket): gone(end, socket, now: now, &outputs)
        case .hear(let samples): hear(samples, &outputs)
        case .prompt(let input): prompt(input, now: now, &outputs)
        case .interrupted(let reply, let heardMs): interrupted(reply, heardMs: heardMs, &outputs)
        case .toolEnded(let call, let verdict): toolEnded(call, verdict, now: now, &outputs)
        case .tick: tick(now: now, &outputs)
        }
        if !isLost { goOn(now: now, &outputs) }
        return outputs
    }

    var isReady: Bool { current.stage == .ready }

    mutating func eventID() -> String {
        lastEvent += 1
        return "trunkline-\(lastEvent)"
    }

    // MARK: What we do

    private mutating func hear(_ samples: [Int16], _ outputs: inout [SpeechToSpeechOutput]) {
        guard isReady else {
            let most = coding.sampleRate * Int(Self.maximumUnheard.components.seconds)
            unheard += samples
            if unheard.count > most { unheard.removeFirst(unheard.count - most) }
            return
        }
        guard !samples.isEmpty else { return }
        outputs.append(.send(RealtimeClientEvent.append(coding.base64(of: samples)), socket: current.id))
    }

    private mutating func prompt(
        _ input: DialogueInput, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        wantsReply = true
        switch input {
        case .began:
            if let greeting = configuration.greeting {
                tell(.system, "The call has just begun. \(greeting)", &outputs)
            }
        case .said(let text): tell(.caller, text, &outputs)
        case .pressed(let key):
            tell(.system, "The caller pressed the key \(key) of the telephone.", &outputs)
            notBefore = now + Self.keyPause
        case .silence(let count):
            tell(
                .system,
                count > 1
                    ? "The caller still says nothing. Say in one short sentence that you will end the call."
                    : "The caller has said nothing for a while. Ask briefly whether they are still there.", &outputs)
        // Only agents that take turns by rules of ours ask for digits.
        case .digits: break
        case .holdEnded: tell(.system, "The caller has waited long enough. Say that you are back.", &outputs)
        case .transferFailed(let reason):
            tell(.system, "The transfer failed: \(reason) Tell the caller, and help in another way.", &outputs)
        }
    }

    /// Adds words to the conversation.
    mutating func tell(
        _ speaker: SpokenHistory.Speaker, _ text: String, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        history.add(speaker, text)
        guard isReady else { return }
        outputs.append(
            .send(
                RealtimeClientEvent.message(
                    id: eventID(), speaker, text, isBeta: configuration.usesBetaShape), socket: current.id))
    }

    private mutating func interrupted(_ number: Int, heardMs: Int, _ outputs: inout [SpeechToSpeechOutput]) {
        guard let index = replies.firstIndex(where: { $0.number == number }), !replies[index].isCut else { return }
        replies[index].isCut = true
        let reply = replies[index]
        let length = reply.samples * 1_000 / max(1, coding.sampleRate)
        history.cut(reply: number, toFraction: length > 0 ? Double(heardMs) / Double(length) : 0)
        heldActions.removeAll { $0.endsTheTalk }
        guard reply.socket == current.id, isReady else { return }
        if activity == .running(response: reply.response) {
            outputs.append(
                .send(
                    RealtimeClientEvent.cancelResponse(id: eventID(), response: reply.response), socket: current.id))
        }
        for correction in reply.corrections(heardMs: heardMs, sampleRate: coding.sampleRate) {
            let event =
                switch correction {
                case .truncate(let item, let content, let end):
                    RealtimeClientEvent.truncate(id: eventID(), item: item, content: content, audioEndMs: end)
                case .delete(let item): RealtimeClientEvent.delete(id: eventID(), item: item)
                }
            outputs.append(.send(event, socket: current.id))
        }
    }

    private mutating func toolEnded(
        _ call: ToolCall, _ verdict: ToolVerdict, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        guard let index = batches.firstIndex(where: { $0.waiting.contains(call.id) }) else { return }
        outputs.append(
            .emit(.action(.toolEnded(ToolOutcome(call: call, text: verdict.text, failed: verdict.isFailure)))))
        let note = "The tool \(call.name) was called with \(call.arguments) and answered: \(verdict.text)"
        if batches[index].socket == current.id, isReady {
            history.add(.system, note)
            outputs.append(
                .send(
                    RealtimeClientEvent.functionOutput(id: eventID(), call: call.id, output: verdict.text),
                    socket: current.id))
        } else {
            // This session knows nothing of the call.
            tell(.system, note, &outputs)
        }
        batches[index].waiting.remove(call.id)
        batches[index].wantsReply = batches[index].wantsReply || verdict.wantsReply
        batches[index].actions += verdict.actions
        guard batches[index].waiting.isEmpty else { return }
        let batch = batches.remove(at: index)
        if batch.wantsReply {
            wantsReply = true
            heldActions += batch.actions
        } else {
            for action in batch.actions { outputs.append(.emit(.action(action))) }
        }
    }

    // MARK: The sequencer

    /// Whether nobody speaks, thinks or works.
    var isBetweenTurns: Bool {
        activity == .idle && !isCallerSpeaking && !isAwaitingReply && !wantsReply && batches.isEmpty
    }

    /// Does what has become possible.
    private mutating func goOn(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        if isReady, isBetweenTurns, next?.stage == .ready { changeOver(now: now, &outputs) }
        guard isReady, wantsReply, activity == .idle, !isCallerSpeaking, !isAwaitingReply, now >= notBefore else {
            return
        }
        let id = eventID()
        wantsReply = false
        request = id
        activity = .requested
        lastProgress = now
        outputs.append(.send(RealtimeClientEvent.createResponse(id: id), socket: current.id))
    }

    var deadline: Instant? {
        guard !isLost else { return nil }
        var deadlines = [current.deadline, next?.deadline, awaitedUntil].compactMap { $0 }
        if activity != .idle { deadlines.append(lastProgress + configuration.patience) }
        if wantsReply, activity == .idle, isReady, !isCallerSpeaking, !isAwaitingReply { deadlines.append(notBefore) }
        if next == nil, let renewAt { deadlines.append(renewAt) }
        return deadlines.min()
    }

    private mutating func tick(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        if let deadline = current.deadline, now >= deadline {
            gone(SocketEnd.late, current.id, isOurs: true, now: now, &outputs)
            return
        }
        if let deadline = next?.deadline, now >= deadline, let id = next?.id {
            gone(SocketEnd.late, id, isOurs: true, now: now, &outputs)
        }
        if let until = awaitedUntil, now >= until {
            // It has not answered by itself: ask.
            awaitedUntil = nil
            isAwaitingReply = false
            wantsReply = true
        }
        if activity != .idle, now >= lastProgress + configuration.patience {
            outputs.append(.emit(.failed(.timedOut("OpenAI Realtime did not answer in time."))))
            gone(SocketEnd.late, current.id, isOurs: true, now: now, &outputs)
            return
        }
        if let renewAt, now >= renewAt, next == nil, isReady { openNext(now: now, after: .zero, &outputs) }
    }
}

extension DialogueAction {
    /// Whether it is for the end of the talk, which goes on when the caller speaks.
    var endsTheTalk: Bool {
        switch self {
        case .hangUp, .transfer, .consult: true
        default: false
        }
    }
}
