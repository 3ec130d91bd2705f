internal import Agent
internal import TelephonyPrimitives

/// One call's connection to a service that speaks: opens it when it is needed, and knows which text each sound belongs to.
/// No socket, no clock.
///
/// A text that was lost with its socket before it sounded is said again, once.
struct VoiceLink<Dialect: VoiceDialect>: Sendable {
    enum Input: Sendable {
        case speak(Int, String)
        /// The text is not wanted any more.
        case cancel(Int)
        case opened
        case openFailed(ProviderError)
        case text([UInt8])
        case binary([UInt8])
        /// The socket ended by itself.
        case closed(code: UInt16?, reason: String)
        case failed(ProviderError)
        case tick
        case close
    }

    enum Action: Sendable, Equatable {
        case open
        case send(String)
        case sound(Int, [UInt8], [SpokenWord])
        /// A text is done, with its last words; or it failed.
        case finish(Int, [SpokenWord], ProviderError?)
        /// Close the socket; what was sent goes out first.
        case drop
    }

    private enum Phase {
        case idle
        case opening
        case connected
        case ended
    }

    private struct Utterance {
        let id: Int
        let text: String
        /// `nil` while it waits to be sent.
        var context: String?
        var octets = 0
        var hasSounded: Bool { octets > 0 }
        var isSecondTry = false
        var deadline: Instant
    }

    /// How long the first sound may take, and each one after it.
    static var firstSoundPatience: Duration { .seconds(5) }
    static var nextSoundPatience: Duration { .seconds(5) }
    /// How long a given up context may stay open when another one waits for its place.
    static var placePatience: Duration { .seconds(2) }
    /// Seconds of sound of one text.
    static var longestSound: Int { 120 }

    private(set) var dialect: Dialect
    private var phase = Phase.opening
    private var utterances: [Utterance] = []
    /// Contexts that were given up and that the service still counts.
    private var closing: Set<String> = []
    private var contexts = 0
    /// Nothing has come on this socket since then, though something was asked for.
    private var replaceAt: Instant?
    /// When texts were sent on this socket, within the last minute.
    private var sentAt: [Instant] = []

    init(dialect: Dialect) {
        self.dialect = dialect
    }

    /// When a tick is due.
    var deadline: Instant? { (utterances.map(\.deadline) + [replaceAt].compactMap { $0 }).min() }

    mutating func receive(_ input: Input, now: Instant) -> [Action] {
        var actions: [Action] = []
        if case .ended = phase {
            if case .speak(let id, _) = input { return [.finish(id, [], .cancelled)] }
            return []
        }
        switch input {
        case .speak(let id, let text): speak(id, text, now, &actions)
        case .cancel(let id): cancel(id, now, &actions)
        case .opened:
            guard case .opening = phase else { break }
            phase = .connected
            sendWaiting(now, &actions)
        case .openFailed(let error):
            guard case .opening = phase else { break }
            phase = .idle
            for utterance in utterances { actions.append(.finish(utterance.id, [], error)) }
            utterances = []
        case .text(let octets): understand(octets, now, &actions)
        case .binary(let sound):
            if case .connected = phase { perform(dialect.receive(sound: sound), now, &actions) }
        case .closed(let code, let reason):
            if case .connected = phase { lost(dialect.error(closing: code, reason), now, &actions) }
        case .failed(let error): if case .connected = phase { lost(error, now, &actions) }
        case .tick: tick(now, &actions)
        case .close:
            actions.append(.drop)
            for utterance in utterances { actions.append(.finish(utterance.id, [], .cancelled)) }
            utterances = []
            replaceAt = nil
            phase = .ended
        }
        return actions
    }

    // MARK: What goes out

    private mutating func speak(_ id: Int, _ text: String, _ now: Instant, _ actions: inout [Action]) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            actions.append(.finish(id, [], nil))
            return
        }
        utterances.append(Utterance(id: id, text: text, deadline: now + Self.firstSoundPatience))
        switch phase {
        case .idle:
            phase = .opening
            actions.append(.open)
        case .connected: sendWaiting(now, &actions)
        case .opening, .ended: break
        }
    }

    private var openContexts: Int { closing.count + utterances.count { $0.context != nil } }

    private mutating func sendWaiting(_ now: Instant, _ actions: inout [Action]) {
        guard case .connected = phase else { return }
        for index in utterances.indices where utterances[index].context == nil {
            guard openContexts < dialect.maximumContexts else {
                if replaceAt == nil, !closing.isEmpty { replaceAt = now + Self.placePatience }
                return
            }
            guard hasAllowance(now) else {
                // Another socket has an allowance of its own.
                if openContexts == 0 { reopen(&actions) }
                return
            }
            // Never one twice in a call, so that what is late belongs to nobody.
            contexts += 1
            let context = "t\(contexts)"
            utterances[index].context = context
            utterances[index].deadline = now + Self.firstSoundPatience
            actions += dialect.opening(context, text: utterances[index].text).map { .send($0) }
        }
        replaceAt = nil
    }

    private mutating func hasAllowance(_ now: Instant) -> Bool {
        guard let limit = dialect.textsPerMinute else { return true }
        sentAt.removeAll { $0 + .seconds(60) <= now }
        guard sentAt.count < limit else { return false }
        sentAt.append(now)
        return true
    }

    private mutating func reopen(_ actions: inout [Action]) {
        sentAt = []
        phase = .opening
        actions += [.drop, .open]
    }

    private mutating func cancel(_ id: Int, _ now: Instant, _ actions: inout [Action]) {
        guard let index = utterances.firstIndex(where: { $0.id == id }) else { return }
        let utterance = utterances.remove(at: index)
        give(up: utterance, &actions)
        sendWaiting(now, &actions)
    }

    private mutating func give(up utterance: Utterance, _ actions: inout [Action]) {
        guard let context = utterance.context else { return }
        if let text = dialect.cancelling(context) { actions.append(.send(text)) }
        dialect.forget(context)
        if dialect.closesLate { closing.insert(context) }
    }

    // MARK: What comes in

    private mutating func understand(_ octets: [UInt8], _ now: Instant, _ actions: inout [Action]) {
        guard case .connected = phase else { return }
        guard let message = try? JSONValue(parsing: octets), message.object != nil else {
            lost(.failed("The service sent what is no JSON."), now, &actions)
            return
        }
        perform(dialect.receive(message), now, &actions)
    }

    private mutating func perform(_ outcomes: [VoiceOutcome], _ now: Instant, _ actions: inout [Action]) {
        for outcome in outcomes {
            switch outcome {
            case .sound(let context, let sound, let words): hear(context, sound, words, now, &actions)
            case .done(let context, let words): done(context, words, nil, now, &actions)
            case .failed(let context?, let error): done(context, [], error, now, &actions)
            case .failed(nil, let error):
                lost(error, now, &actions)
                return
            }
        }
    }

    private mutating func hear(
        _ context: String, _ sound: [UInt8], _ words: [SpokenWord], _ now: Instant, _ actions: inout [Action]
    ) {
        guard let index = utterances.firstIndex(where: { $0.context == context }) else { return }
        utterances[index].octets += sound.count
        let limit = Self.longestSound * dialect.sampleRate * dialect.encoding.octetsPerSample
        guard utterances[index].octets <= limit else {
            let utterance = utterances.remove(at: index)
            give(up: utterance, &actions)
            let error = ProviderError.failed(
                "The service gave more than \(Self.longestSound) s of sound for one text of"
                    + " \(utterance.text.count) characters.")
            actions.append(.finish(utterance.id, [], error))
            sendWaiting(now, &actions)
            return
        }
        // Words alone are no sign that sound will come.
        if !sound.isEmpty { utterances[index].deadline = now + Self.nextSoundPatience }
        if !sound.isEmpty || !words.isEmpty { actions.append(.sound(utterances[index].id, sound, words)) }
    }

    private mutating func done(
        _ context: String, _ words: [SpokenWord], _ error: ProviderError?, _ now: Instant, _ actions: inout [Action]
    ) {
        closing.remove(context)
        dialect.forget(context)
        if let index = utterances.firstIndex(where: { $0.context == context }) {
            let utterance = utterances.remove(at: index)
            actions.append(.finish(utterance.id, words, error))
        }
        sendWaiting(now, &actions)
    }

    private mutating func lost(_ error: ProviderError, _ now: Instant, _ actions: inout [Action]) {
        actions.append(.drop)
        phase = .idle
        closing = []
        replaceAt = nil
        sentAt = []
        var waiting: [Utterance] = []
        for var utterance in utterances {
            if let context = utterance.context { dialect.forget(context) }
            guard utterance.context != nil else {
                waiting.append(utterance)
                continue
            }
            guard error.mayPass, !utterance.hasSounded, !utterance.isSecondTry else {
                actions.append(.finish(utterance.id, [], error))
                continue
            }
            utterance.context = nil
            utterance.isSecondTry = true
            waiting.append(utterance)
        }
        utterances = waiting
        guard !waiting.isEmpty else { return }
        phase = .opening
        actions.append(.open)
    }

    private mutating func tick(_ now: Instant, _ actions: inout [Action]) {
        if let replaceAt, replaceAt <= now, case .connected = phase {
            // The service doesn't let go of what was given up; a new socket has room. What sounds now is cut for it.
            lost(.overloaded("The service keeps given up contexts open."), now, &actions)
            return
        }
        let late = utterances.filter { $0.deadline <= now }
        utterances.removeAll { $0.deadline <= now }
        for utterance in late {
            give(up: utterance, &actions)
            let what = utterance.hasSounded ? "has stopped in the middle of a text" : "has said nothing of a text"
            actions.append(.finish(utterance.id, [], .timedOut("The service \(what) for 5 s.")))
        }
        guard !late.isEmpty else { return }
        // What does not answer is not asked again; the next text opens another socket.
        if case .connected = phase, utterances.allSatisfy({ !$0.hasSounded }) {
            lost(.timedOut("The service does not answer."), now, &actions)
        } else {
            sendWaiting(now, &actions)
        }
    }
}

extension VoiceLink.Input: SocketInput {
    static func octets(_ octets: [UInt8]) -> Self? { .binary(octets) }
}
