internal import Agent
internal import TelephonyPrimitives

/// The life of the connections.
extension GeminiSession {
    mutating func opened(_ id: Int, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        let deadline = now + configuration.connectTimeout
        if id == current.id {
            current.deadline = deadline
            current.resumes = handle != nil
        } else if id == next?.id {
            next?.deadline = deadline
            next?.resumes = handle != nil
        } else {
            return
        }
        outputs.append(.send(GeminiClientMessage.setup(configuration, handle: handle), socket: id))
    }

    mutating func message(_ text: String, _ id: Int, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        guard let message = GeminiServerMessage(parsing: text, provider: "gemini-live \(configuration.model)") else {
            return
        }
        if id == current.id {
            if current.isReady {
                handle(message, now: now, &outputs)
            } else if message.isSetupComplete {
                current.isReady = true
                current.deadline = nil
                began(&outputs)
            }
        } else if id == next?.id, message.isSetupComplete {
            next?.isReady = true
            next?.deadline = nil
        }
    }

    /// The current connection is there: it is told what was said before, unless the service knows.
    private mutating func began(_ outputs: inout [SpeechToSpeechOutput]) {
        let turns = history.entries.map { ($0.speaker, $0.text) }
        if !current.resumes, !turns.isEmpty {
            outputs.append(.send(GeminiClientMessage.content(turns, asksForReply: false), socket: current.id))
        }
        if !unheard.isEmpty {
            let base64 = SoundCoding.linear(sampleRate: inputSampleRate).base64(of: unheard)
            outputs.append(.send(GeminiClientMessage.sound(base64, sampleRate: inputSampleRate), socket: current.id))
            unheard = []
        }
        guard isStarting else { return }
        isStarting = false
        outputs.append(.ready)
    }

    mutating func openNext(after pause: Duration, _ outputs: inout [SpeechToSpeechOutput]) {
        lastSocket += 1
        next = Socket(id: lastSocket)
        outputs.append(.open(socket: lastSocket, after: pause))
    }

    /// The next connection takes the place of the current one.
    mutating func changeOver(_ outputs: inout [SpeechToSpeechOutput]) {
        guard let successor = next else { return }
        outputs.append(.close(socket: current.id))
        current = successor
        next = nil
        if current.isReady { began(&outputs) }
    }

    /// - Parameter isOurs: whether we give the connection up, which then has to be closed.
    mutating func gone(
        _ end: SocketEnd, _ id: Int, isOurs: Bool = false, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        if isOurs { outputs.append(.close(socket: id)) }
        let error = failure(end)
        if id == next?.id {
            // The current one goes on as long as it lasts.
            next = nil
            if end.code == 1_007 { handle = nil }
            failures += 1
            if failures > Self.maximumFailures || !error.mayPass { outputs.append(.emit(.failed(error))) }
            return
        }
        guard id == current.id else { return }
        guard !isStarting else { return lose(error, &outputs) }
        failures += 1
        // A handle that is not taken any more is no end: the words are still there.
        let mayTryWithoutHandle = end.code == 1_007 && handle != nil
        if mayTryWithoutHandle { handle = nil }
        guard failures <= Self.maximumFailures, error.mayPass || mayTryWithoutHandle else {
            return lose(error, &outputs)
        }
        giveUpTurn(&outputs)
        if next == nil { openNext(after: failures < 2 ? .zero : .milliseconds(500 * failures), &outputs) }
        if let successor = next {
            current = successor
            next = nil
            if current.isReady { began(&outputs) }
        }
    }

    /// What was asked for is asked again of the connection that follows.
    private mutating func giveUpTurn(_ outputs: inout [SpeechToSpeechOutput]) {
        if askedAt != nil { prompts.insert(asked ?? "Go on.", at: 0) }
        askedAt = nil
        asked = nil
        endReply(wasCut: true, &outputs)
        callerStopped(&outputs)
        for call in running {
            outputs.append(.cancelTool(id: call.id))
            outputs.append(
                .emit(.action(.toolEnded(ToolOutcome(call: call, text: "The connection broke.", failed: true)))))
        }
        running = []
    }

    private func failure(_ end: SocketEnd) -> ProviderError {
        switch end.code {
        case 1_007, 1_008: .unavailable("Gemini Live refuses the session: \(end.reason)")
        default: end.failure(of: "Gemini Live", key: configuration.key)
        }
    }

    mutating func lose(_ error: ProviderError, _ outputs: inout [SpeechToSpeechOutput]) {
        isLost = true
        outputs.append(.close(socket: current.id))
        if let id = next?.id { outputs.append(.close(socket: id)) }
        outputs.append(.lost(error))
    }
}
