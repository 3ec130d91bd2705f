internal import Agent
internal import TelephonyPrimitives

/// The life of the sockets: opening, taking over, and what is done when one breaks.
extension RealtimeSession {
    mutating func opened(_ id: Int, now: Instant) {
        let deadline = now + configuration.connectTimeout
        if id == current.id {
            current.stage = .open
            current.deadline = deadline
        } else if id == next?.id {
            next?.stage = .open
            next?.deadline = deadline
        }
    }

    mutating func message(_ text: String, _ id: Int, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        // What is no event is as good as an event that is not known.
        guard let event = RealtimeServerEvent(parsing: text) else { return }
        if id == current.id {
            if isReady {
                handle(event, now: now, &outputs)
            } else {
                var socket = current
                setUp(&socket, event, &outputs)
                current = socket
                if current.stage == .ready { began(now: now, &outputs) }
                if isStarting, let failure = current.failure { lose(failure.error, &outputs) }
            }
        } else if var socket = next, id == socket.id {
            setUp(&socket, event, &outputs)
            next = socket
        }
    }

    private mutating func setUp(
        _ socket: inout Socket, _ event: RealtimeServerEvent, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        switch (event, socket.stage) {
        case (.sessionCreated, .open):
            let id = eventID()
            socket.stage = .configuring(event: id)
            outputs.append(
                .send(RealtimeClientEvent.updateSession(id: id, configuration, coding), socket: socket.id))
        case (.sessionUpdated, .configuring):
            socket.stage = .ready
            socket.deadline = nil
        case (.failure(let failure), _): socket.failure = failure
        default: break
        }
    }

    /// The current session is there: it is told what was said before, and what was said meanwhile.
    private mutating func began(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        renewAt = now + configuration.renewAfter
        for entry in history.entries {
            outputs.append(
                .send(
                    RealtimeClientEvent.message(
                        id: eventID(), entry.speaker, entry.text, isBeta: configuration.usesBetaShape),
                    socket: current.id))
        }
        if !unheard.isEmpty {
            outputs.append(.send(RealtimeClientEvent.append(coding.base64(of: unheard)), socket: current.id))
            unheard = []
        }
        if isStarting {
            isStarting = false
            outputs.append(.ready)
        }
    }

    mutating func openNext(now: Instant, after pause: Duration, _ outputs: inout [SpeechToSpeechOutput]) {
        lastSocket += 1
        next = Socket(id: lastSocket)
        outputs.append(.open(socket: lastSocket, after: pause))
    }

    /// The next session takes the place of the current one.
    mutating func changeOver(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        guard let successor = next else { return }
        outputs.append(.close(socket: current.id))
        current = successor
        next = nil
        if current.stage == .ready { began(now: now, &outputs) }
    }

    /// - Parameter isOurs: whether we give the socket up, which then has to be closed.
    mutating func gone(
        _ end: SocketEnd, _ id: Int, isOurs: Bool = false, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        if isOurs { outputs.append(.close(socket: id)) }
        if id == next?.id {
            let failure = next?.failure?.error ?? end.failure(of: "OpenAI Realtime", key: configuration.key)
            next = nil
            failures += 1
            guard failures <= Self.maximumFailures, failure.mayPass else {
                // The current session goes on as long as it lasts.
                renewAt = nil
                outputs.append(.emit(.failed(failure)))
                return
            }
            renewAt = now + .seconds(10)
            return
        }
        guard id == current.id else { return }
        let isExpiry = current.failure?.code == "session_expired"
        let failure = isExpiry ? nil : current.failure?.error
        let error = failure ?? end.failure(of: "OpenAI Realtime", key: configuration.key)
        guard !isStarting else { return lose(error, &outputs) }
        failures += isExpiry ? 0 : 1
        if failure?.mayPass == false || !error.mayPass || failures > Self.maximumFailures {
            return lose(error, &outputs)
        }
        giveUpReplies(&outputs)
        if next == nil {
            openNext(now: now, after: failures < 2 ? .zero : .milliseconds(500 * failures), &outputs)
        }
        changeOverAfterLoss(now: now, &outputs)
    }

    private mutating func changeOverAfterLoss(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        guard let successor = next else { return }
        current = successor
        next = nil
        renewAt = nil
        if current.stage == .ready { began(now: now, &outputs) }
    }

    /// What was being answered is answered by the session that follows, unless some of it was to be heard already.
    private mutating func giveUpReplies(_ outputs: inout [SpeechToSpeechOutput]) {
        var owes = activity == .requested || isAwaitingReply || isCallerSpeaking
        for index in replies.indices where !replies[index].isDone {
            owes = owes || (replies[index].samples == 0 && !replies[index].isCut)
            replies[index].isDone = true
            outputs.append(.emit(.replyDone(replies[index].number, wasCut: true)))
        }
        if isCallerSpeaking { outputs.append(.emit(.callerStopped)) }
        activity = .idle
        request = nil
        isCallerSpeaking = false
        isAwaitingReply = false
        awaitedUntil = nil
        wantsReply = wantsReply || owes
    }

    mutating func lose(_ error: ProviderError, _ outputs: inout [SpeechToSpeechOutput]) {
        isLost = true
        outputs.append(.close(socket: current.id))
        if let id = next?.id { outputs.append(.close(socket: id)) }
        outputs.append(.lost(error))
    }
}
