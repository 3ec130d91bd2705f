internal import Agent
internal import RTPMedia
internal import TelephonyPrimitives

/// What the service tells while the session is there.
extension RealtimeSession {
    mutating func handle(
        _ event: RealtimeServerEvent, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        switch event {
        case .speechStarted:
            isCallerSpeaking = true
            isAwaitingReply = true
            awaitedUntil = nil
            outputs.append(.emit(.callerStarted))
        case .speechStopped:
            isCallerSpeaking = false
            if isAwaitingReply { awaitedUntil = now + Self.automaticReply }
            outputs.append(.emit(.callerStopped))
        case .committed(let item): history.add(.caller, item: item)
        case .transcribed(let item, let text):
            guard !text.isEmpty else { return }
            history.caller(text, item: item)
            outputs.append(.emit(.callerText(text)))
        case .responseCreated(let id):
            guard !finished.contains(id) else { return }
            begin(id, now: now, &outputs)
        case .partAdded(let response, let item, let call):
            guard let index = reply(response, now: now, &outputs) else { return }
            if let call { replies[index].add(call) } else { _ = replies[index].part(item, coding) }
        case .callDone(let response, _, let call):
            guard let index = reply(response, now: now, &outputs) else { return }
            replies[index].add(call)
        case .audio(let response, let item, let content, let base64):
            audio(base64, response, item, content, now: now, &outputs)
        case .text(let response, let item, let text): say(text, response, item, isWhole: false, now: now, &outputs)
        case .textDone(let response, let item, let text):
            say(text, response, item, isWhole: true, now: now, &outputs)
        case .responseDone(let response): done(response, now: now, &outputs)
        case .failure(let failure): failed(failure, now: now, &outputs)
        case .sessionCreated, .sessionUpdated, .other: break
        }
    }

    /// The place of a response, which some services begin without saying so; `nil` for one that is over.
    private mutating func reply(
        _ response: String, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) -> Int? {
        if finished.contains(response) { return nil }
        if !replies.contains(where: { $0.response == response && $0.socket == current.id }) {
            begin(response, now: now, &outputs)
        }
        lastProgress = now
        return replies.lastIndex { $0.response == response && $0.socket == current.id && !$0.isDone }
    }

    private mutating func begin(_ response: String, now: Instant, _ outputs: inout [SpeechToSpeechOutput]) {
        guard !replies.contains(where: { $0.response == response && $0.socket == current.id }) else { return }
        lastReply += 1
        replies.append(RealtimeReply(number: lastReply, response: response, socket: current.id))
        if replies.count > 8 { replies.removeFirst() }
        if isAwaitingReply, !isCallerSpeaking {
            // The service answers by itself, and knows all that we have told it.
            isAwaitingReply = false
            awaitedUntil = nil
            if activity == .idle { wantsReply = false }
        }
        activity = .running(response: response)
        lastProgress = now
        outputs.append(.emit(.replyStarted(lastReply)))
    }

    private mutating func audio(
        _ base64: String, _ response: String, _ item: String, _ content: Int, now: Instant,
        _ outputs: inout [SpeechToSpeechOutput]
    ) {
        guard let index = reply(response, now: now, &outputs), !replies[index].isCut else { return }
        let samples = replies[index].take(base64, item: item, content: content, coding)
        guard !samples.isEmpty else { return }
        failures = 0
        let number = replies[index].number
        outputs.append(.emit(.audio(PCMFrame(samples: samples, sampleRate: coding.sampleRate), reply: number)))
        let seconds = Int(configuration.maximumReply.components.seconds)
        guard replies[index].samples > seconds * coding.sampleRate else { return }
        replies[index].isCut = true
        outputs.append(.emit(.failed(.failed("OpenAI Realtime does not stop: a reply was cut after \(seconds) s."))))
        outputs.append(
            .send(RealtimeClientEvent.cancelResponse(id: eventID(), response: response), socket: current.id))
    }

    private mutating func say(
        _ text: String, _ response: String, _ item: String, isWhole: Bool, now: Instant,
        _ outputs: inout [SpeechToSpeechOutput]
    ) {
        guard let index = reply(response, now: now, &outputs), !replies[index].isCut, !text.isEmpty else { return }
        let isFirst = replies[index].takesFirstText(item: item, coding)
        guard !isWhole || isFirst else { return }
        history.agent(text, reply: replies[index].number)
        outputs.append(.emit(.agentText(text, reply: replies[index].number)))
    }

    private mutating func done(
        _ response: RealtimeServerEvent.Response, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        if let usage = usage(response.usage) { outputs.append(.emit(.action(.usage(usage)))) }
        // A response of ours that failed before it began has no reply.
        guard let index = reply(response.id, now: now, &outputs) else { return }
        for call in response.calls { replies[index].add(call) }
        replies[index].isDone = true
        let reply = replies[index]
        finished = finished.suffix(63) + [response.id]
        if activity == .requested || activity == .running(response: response.id)
            || activity == .running(response: "")
        {
            activity = .idle
            request = nil
        }
        let isComplete = response.status == "completed" || response.status == "incomplete"
        outputs.append(.emit(.replyDone(reply.number, wasCut: !isComplete)))
        if isComplete {
            failures = 0
            if reply.calls.isEmpty {
                if !reply.isCut { releaseActions(&outputs) }
            } else if !reply.isCut || reply.samples > 0 {
                start(reply.calls, &outputs)
            }
        } else if response.status == "failed" {
            responseFailed(response.failure, reply, now: now, &outputs)
        } else {
            heldActions.removeAll { $0.endsTheTalk }
        }
    }

    private mutating func start(_ calls: [ToolCall], _ outputs: inout [SpeechToSpeechOutput]) {
        batches.append(ToolBatch(waiting: Set(calls.map(\.id)), socket: current.id))
        for call in calls {
            outputs.append(.emit(.action(.toolStarted(call))))
            outputs.append(.runTool(call))
        }
    }

    private mutating func releaseActions(_ outputs: inout [SpeechToSpeechOutput]) {
        for action in heldActions { outputs.append(.emit(.action(action))) }
        heldActions = []
    }

    /// A response that came to nothing is asked for again, later each time.
    private mutating func responseFailed(
        _ failure: RealtimeServerEvent.Failure?, _ reply: RealtimeReply, now: Instant,
        _ outputs: inout [SpeechToSpeechOutput]
    ) {
        let error = failure?.error ?? .failed("OpenAI Realtime could not answer.")
        failures += 1
        guard error.mayPass, failures <= Self.maximumFailures else { return lose(error, &outputs) }
        outputs.append(.emit(.failed(error)))
        guard reply.samples == 0, !reply.isCut else { return }
        wantsReply = true
        notBefore = now + .milliseconds(500 * failures)
    }

    private mutating func failed(
        _ failure: RealtimeServerEvent.Failure, now: Instant, _ outputs: inout [SpeechToSpeechOutput]
    ) {
        if failure.isNoise { return }
        if failure.code == "session_expired" || failure.isFinal {
            // The close that follows is dealt with by this.
            current.failure = failure
            return
        }
        let isOurs = failure.event != nil && failure.event == request
        if failure.code == "conversation_already_has_active_response" {
            guard isOurs || activity == .requested else { return }
            // The service was quicker; ours comes when that one is over.
            request = nil
            wantsReply = true
            if activity == .requested {
                activity = .running(response: "")
                lastProgress = now
            }
            return
        }
        outputs.append(.emit(.failed(failure.error)))
        guard isOurs, activity == .requested else { return }
        activity = .idle
        request = nil
        failures += 1
        if failures > Self.maximumFailures { return lose(failure.error, &outputs) }
        wantsReply = true
        notBefore = now + .milliseconds(500 * failures)
    }

    private func usage(_ value: JSONValue?) -> ProviderUsage? {
        guard let value, value.object != nil else { return nil }
        return ProviderUsage(
            provider: "openai-realtime \(configuration.model)", inputTokens: value["input_tokens"]?.integer,
            cachedTokens: value["input_token_details"]?["cached_tokens"]?.integer,
            outputTokens: value["output_tokens"]?.integer)
    }
}
