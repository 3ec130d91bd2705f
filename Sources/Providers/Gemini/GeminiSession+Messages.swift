internal import Agent
internal import RTPMedia
internal import TelephonyPrimitives

/// What the service tells while the session is there.
extension GeminiSession {
    mutating func handle(
        _ message: GeminiServerMessage, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        if let handle = message.handle { self.handle = handle }
        if let usage = message.usage { outputs.append(.emit(.action(.usage(usage)))) }
        if message.callerStarts { callerStarted(now: now, &outputs) }
        if message.callerStops { callerStopped(&outputs) }
        if let text = message.callerText, callerText.utf8.count < 20_000 {
            callerText += text
            outputs.append(.emit(.callerText("")))
        }
        // Content first: a message may hold the last of a turn and its end.
        for sound in message.sound { play(sound, now: now, &outputs) }
        if let text = message.agentText, !text.isEmpty { say(text, now: now, &outputs) }
        for call in message.calls { run(call, &outputs) }
        for id in message.cancelledCalls { cancel(id, &outputs) }
        if message.wasInterrupted {
            callerStarted(now: now, &outputs)
            endReply(wasCut: true, &outputs)
        }
        if message.isGenerationComplete, let reply {
            self.reply?.isGenerated = true
            replyDeadline =
                now + .milliseconds(reply.samples / (Self.outputRate / 1_000)) + Self.turnGrace
        }
        if message.isTurnComplete {
            askedAt = nil
            asked = nil
            endReply(wasCut: false, &outputs)
            tellCallerText(&outputs)
        }
        if message.goesAway, next == nil { openNext(after: .zero, &outputs) }
    }

    private mutating func begin(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        askedAt = nil
        asked = nil
        failures = 0
        guard reply == nil else { return }
        callerStopped(&outputs)
        tellCallerText(&outputs)
        lastReply += 1
        reply = Reply(number: lastReply)
        outputs.append(.emit(.replyStarted(lastReply)))
    }

    private mutating func play(_ base64: String, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        begin(now: now, &outputs)
        guard var reply, !reply.isCut else { return }
        defer { self.reply = reply }
        guard let samples = reply.reader.samples(ofBase64: base64), !samples.isEmpty else { return }
        reply.samples += samples.count
        outputs.append(
            .emit(.audio(PCMFrame(samples: samples, sampleRate: Self.outputRate), reply: reply.number)))
        let seconds = Int(configuration.maximumReply.components.seconds)
        guard reply.samples > seconds * Self.outputRate else { return }
        reply.isCut = true
        outputs.append(.emit(.failed(.failed("Gemini Live does not stop: a reply was cut after \(seconds) s."))))
        // Nothing is heard of it any more; it need not end for us.
        replyDeadline = now
    }

    private mutating func say(_ text: String, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        begin(now: now, &outputs)
        guard let reply, !reply.isCut else { return }
        history.agent(text, reply: reply.number)
        outputs.append(.emit(.agentText(text, reply: reply.number)))
    }

    mutating func endReply(wasCut: Bool, _ outputs: inout [SpeechToSpeechOutput]) {
        replyDeadline = nil
        guard let reply else { return }
        self.reply = nil
        outputs.append(.emit(.replyDone(reply.number, wasCut: wasCut)))
        if wasCut || reply.isCut {
            heldActions.removeAll { $0.endsTheTalk }
        } else {
            for action in heldActions { outputs.append(.emit(.action(action))) }
            heldActions = []
        }
    }

    private mutating func callerStarted(now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        callerSince = now
        guard !isCallerSpeaking else { return }
        isCallerSpeaking = true
        outputs.append(.emit(.callerStarted))
    }

    mutating func callerStopped(_ outputs: inout [SpeechToSpeechOutput]) {
        guard isCallerSpeaking else { return }
        isCallerSpeaking = false
        outputs.append(.emit(.callerStopped))
    }

    /// The caller's words come in pieces, and not in step with the turns.
    private mutating func tellCallerText(_ outputs: inout [SpeechToSpeechOutput]) {
        let text = callerText.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        callerText = ""
        guard !text.isEmpty else { return }
        history.add(.caller, text)
        outputs.append(.emit(.callerText(text)))
    }

    private mutating func run(_ call: ToolCall, _ outputs: inout [SpeechToSpeechOutput]) {
        askedAt = nil
        guard running.count < 16, !running.contains(where: { $0.id == call.id }) else { return }
        running.append(call)
        outputs.append(.emit(.action(.toolStarted(call))))
        outputs.append(.runTool(call))
    }

    private mutating func cancel(_ id: String, _ outputs: inout [SpeechToSpeechOutput]) {
        guard let index = running.firstIndex(where: { $0.id == id }) else { return }
        let call = running.remove(at: index)
        outputs.append(.cancelTool(id: id))
        outputs.append(
            .emit(.action(.toolEnded(ToolOutcome(call: call, text: "The model gave it up.", failed: true)))))
    }
}
