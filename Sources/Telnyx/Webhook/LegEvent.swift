internal import TelephonyPrimitives

/// What happened to a call.
public enum LegEvent: Sendable, Hashable {
    /// A call comes in, or one of ours has been placed.
    case initiated(LegBeginning)
    case answered(LegBeginning)
    /// Two legs hear one another; each is told of by an event of its own. What a transfer comes to.
    case bridged(LegParties)
    case held(LegParties)
    case unheld(LegParties)
    case hangup(LegEnding)
    /// A key was pressed.
    case digit(PressedDigits)
    case gatherEnded(digits: PressedDigits, status: GatherStatus)
    case speakStarted
    case speakEnded(status: PlaybackStatus)
    case playbackStarted(Playback)
    case playbackEnded(Playback)
    case recordingSaved(SavedRecording)
    case recordingFailed(reason: String)
    case recordingTranscribed(RecordingTranscript)
    case streamingStarted(url: String?)
    case streamingStopped(url: String?)
    case streamingFailed(StreamingFailure)
    /// Who has answered.
    case machineDetected(MachineResult, isPremium: Bool)
    /// The announcement of the machine is over.
    case greetingEnded(GreetingResult, isPremium: Bool)
    case transcribed(TranscribedSpeech)
    case referStarted(LegRefer)
    case referCompleted(LegRefer)
    case referFailed(LegRefer)
    case forkStarted
    case forkStopped
    case enqueued(queue: String?)
    case dequeued(queue: String?)
    case cost(LegCost)
    /// Everything else; what it says is in ``WebhookEvent/payload``.
    case other

    init(type: String, payload: JSONValue) {
        switch type {
        case "call.initiated": self = .initiated(LegBeginning(payload))
        case "call.answered": self = .answered(LegBeginning(payload))
        case "call.bridged": self = .bridged(LegParties(payload))
        case "call.hold": self = .held(LegParties(payload))
        case "call.unhold": self = .unheld(LegParties(payload))
        case "call.hangup": self = .hangup(LegEnding(payload))
        case "call.dtmf.received": self = .digit(PressedDigits(payload["digit"]?.looseText ?? ""))
        case "call.gather.ended":
            self = .gatherEnded(
                digits: PressedDigits(payload["digits"]?.looseText ?? ""),
                status: GatherStatus(rawValue: payload["status"]?.string ?? "unknown"))
        case "call.speak.started": self = .speakStarted
        case "call.speak.ended":
            self = .speakEnded(status: PlaybackStatus(rawValue: payload["status"]?.string ?? "unknown"))
        case "call.playback.started": self = .playbackStarted(Playback(payload))
        case "call.playback.ended": self = .playbackEnded(Playback(payload))
        case "call.recording.saved": self = .recordingSaved(SavedRecording(payload))
        case "call.recording.error": self = .recordingFailed(reason: payload["reason"]?.looseText ?? "unknown")
        case "call.recording.transcription.saved": self = .recordingTranscribed(RecordingTranscript(payload))
        // The documents have no `call.` in front; both are taken.
        case "streaming.started", "call.streaming.started":
            self = .streamingStarted(url: payload["stream_url"]?.filledText)
        case "streaming.stopped", "call.streaming.stopped":
            self = .streamingStopped(url: payload["stream_url"]?.filledText)
        case "streaming.failed", "call.streaming.failed": self = .streamingFailed(StreamingFailure(payload))
        case "call.machine.detection.ended", "call.machine.premium.detection.ended":
            self = .machineDetected(
                MachineResult(rawValue: payload["result"]?.string ?? "not_sure"), isPremium: type.contains("premium"))
        case "call.machine.premium.call_screening.detected":
            self = .machineDetected(
                MachineResult(rawValue: payload["result"]?.string ?? "screening"), isPremium: true)
        case "call.machine.greeting.ended", "call.machine.premium.greeting.ended":
            self = .greetingEnded(
                GreetingResult(rawValue: payload["result"]?.string ?? "not_sure"), isPremium: type.contains("premium"))
        case "call.transcription": self = .transcribed(TranscribedSpeech(payload))
        case "call.refer.started": self = .referStarted(LegRefer(payload))
        case "call.refer.completed": self = .referCompleted(LegRefer(payload))
        case "call.refer.failed": self = .referFailed(LegRefer(payload))
        case "call.fork.started": self = .forkStarted
        case "call.fork.stopped": self = .forkStopped
        case "call.enqueued": self = .enqueued(queue: payload["queue"]?.filledText)
        case "call.dequeued", "call.left_queue": self = .dequeued(queue: payload["queue"]?.filledText)
        case "call.cost": self = .cost(LegCost(payload))
        default: self = .other
        }
    }
}
