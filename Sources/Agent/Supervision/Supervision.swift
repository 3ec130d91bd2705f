/// One supervisor on one call: who is heard by whom when, and what becomes of the caller. No call, no sound, no clock.
struct Supervision: Sendable {
    /// What the agent can at the moment.
    struct Facts: Sendable, Equatable {
        /// Its model heeds notes, and it has ears that make out what a supervisor says.
        var takesNotes: Bool
        var hearsWhispers: Bool
        /// The caller is being put through, or is with somebody else.
        var isTransferring = false
        /// It has not ended its part.
        var isAgentThere = true
    }

    enum Event: Sendable, Equatable {
        case began
        case ringing
        case answered
        /// The supervisor's call was refused, not answered, or could not be placed.
        case failed(String)
        /// Another mode is wanted, and by whom.
        case asked(SupervisionMode, by: String)
        case pressed(Character)
        /// The supervisor's call is over.
        case supervisorGone(hungUp: Bool)
        /// What the supervisor says can't be made out.
        case whisperFailed(String)
        /// The supervision is to end, and who wants it.
        case dismissed(by: String)
        /// The caller's call is over.
        case callOver
    }

    enum Action: Sendable, Equatable {
        case place
        /// Give up a call that is not answered.
        case withdraw
        case set(SupervisionMode)
        /// The agent talks with the caller again.
        case giveBack
        case hangUpSupervisor
        case record(String, String = "")
        /// The caller's call is to end.
        case endCall
        case over
    }

    private enum Phase: Sendable, Equatable {
        case waiting
        case ringing
        case up
        case over
    }

    /// By the supervisor's keys.
    static let keys: [Character: SupervisionMode] = ["4": .listen, "5": .whisper, "6": .takeover]

    private let order: SupervisionOrder
    /// To be kept true by whoever tells of events.
    var facts: Facts
    private var phase = Phase.waiting
    /// What is wanted, or is while the supervisor is there.
    private(set) var mode: SupervisionMode

    init(_ order: SupervisionOrder, facts: Facts) {
        self.order = order
        self.facts = facts
        mode = order.mode
    }

    var isOver: Bool { phase == .over }
    /// Whether the caller is with the supervisor.
    var holdsCaller: Bool { phase == .up && mode == .takeover }

    /// Why a mode can't be had now; `nil` when it can.
    func obstacle(to wanted: SupervisionMode) -> SupervisionRefusal? {
        guard wanted != mode || phase != .up else { return nil }
        switch wanted {
        case .listen: break
        case .whisper:
            if !facts.takesNotes { return .noNotes }
            if !facts.hearsWhispers { return .noHearing }
        case .takeover: if facts.isTransferring { return .transferring }
        }
        return holdsCaller && !facts.isAgentThere ? .agentGone : nil
    }

    mutating func receive(_ event: Event) -> [Action] {
        switch (phase, event) {
        case (.waiting, .began):
            phase = .ringing
            return [.record(SupervisionRecord.ordered, "\(order.name) to \(mode.rawValue), by \(order.by)"), .place]
        // Whoever answers too late is not left alone on the line.
        case (.over, .answered): return [.hangUpSupervisor]
        case (.waiting, _), (.over, _): return []
        case (.ringing, _): return whileRinging(event)
        case (.up, _): return whileUp(event)
        }
    }

    private mutating func whileRinging(_ event: Event) -> [Action] {
        switch event {
        case .ringing: return [.record(SupervisionRecord.rings)]
        case .answered:
            phase = .up
            let wanted = mode
            mode = .listen
            let began: [Action] = [.set(.listen), .record(SupervisionRecord.listens, order.name)]
            return wanted == .listen ? began : began + change(to: wanted, by: order.by)
        case .failed(let reason): return end(reason)
        case .supervisorGone: return end("The call was answered and ended at once.")
        case .asked(let mode, _):
            self.mode = mode
            return []
        case .dismissed(let by): return [.withdraw] + end("ended by \(by)")
        case .callOver: return [.withdraw] + end("the call ended")
        case .began, .pressed, .whisperFailed: return []
        }
    }

    private mutating func whileUp(_ event: Event) -> [Action] {
        switch event {
        case .asked(let mode, let by): return change(to: mode, by: by)
        case .pressed(let key): return Self.keys[key].map { change(to: $0, by: "key \(key)") } ?? []
        case .whisperFailed(let reason):
            guard mode == .whisper else { return [] }
            mode = .listen
            return [
                .record(SupervisionRecord.refused, "whisper: \(reason)"), .set(.listen),
                .record(SupervisionRecord.listens, "since whispering failed"),
            ]
        case .supervisorGone(let hungUp):
            let reason = hungUp ? "the supervisor hung up" : "the supervisor's call broke off"
            // Who hangs up on a caller has ended the call; of whom the line has dropped it is not known.
            guard holdsCaller else { return end(reason) }
            return hungUp || !facts.isAgentThere ? end(reason) + [.endCall] : giveBack(by: reason) + end(reason)
        case .dismissed(let by):
            let reason = "ended by \(by)"
            guard holdsCaller else { return [.hangUpSupervisor] + end(reason) }
            guard facts.isAgentThere else { return [.hangUpSupervisor] + end(reason) + [.endCall] }
            return giveBack(by: by) + [.hangUpSupervisor] + end(reason)
        case .callOver: return [.hangUpSupervisor] + end("the call ended")
        case .began, .ringing, .answered, .failed: return []
        }
    }

    private mutating func change(to wanted: SupervisionMode, by: String) -> [Action] {
        guard wanted != mode else { return [] }
        if let obstacle = obstacle(to: wanted) {
            return [.record(SupervisionRecord.refused, "\(wanted.rawValue) by \(by): \(obstacle.sentence)")]
        }
        let back = holdsCaller ? giveBack(by: by) : []
        mode = wanted
        return back + [.set(wanted), .record(SupervisionRecord.kind(of: wanted), "by \(by)")]
    }

    private mutating func giveBack(by reason: String) -> [Action] {
        mode = .listen
        return [.giveBack, .record(SupervisionRecord.gaveBack, reason)]
    }

    private mutating func end(_ reason: String) -> [Action] {
        phase = .over
        return [.record(SupervisionRecord.over, reason), .over]
    }
}

extension SupervisionRefusal {
    /// For people: what is wrong, and what to do.
    public var sentence: String {
        switch self {
        case .noNotes: "This agent has no model that could be told anything; agent: model has. Listen, or take over."
        case .noHearing:
            "This agent has no ears of its own for what a supervisor says; send it as text: POST /v1/calls/ID/whisper."
        case .noConversation: "The conversation has not begun yet, or is over."
        case .isSupervised: "The call has a supervisor; end that first: DELETE /v1/calls/ID/supervise."
        case .notSupervised: "The call has no supervisor; name one with \"to\"."
        case .transferring:
            "The caller is being put through, or is with somebody else; listen, and take over afterwards."
        case .agentGone: "The agent has ended its part: there is nobody to give the call back to."
        case .noLine: "Nobody can be called from here."
        }
    }
}
