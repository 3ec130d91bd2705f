/// Something that goes on between us and the caller without the model, until it is told what came of it. A value.
enum CallerTask: Sendable, Equatable {
    case capture(Capture)
    case message(MessageCheck)

    enum Outcome: Sendable, Equatable {
        case say(String)
        /// A key that belongs to it and says nothing yet.
        case wait
        /// It is over: what the model is told, and what is written down.
        case over(note: String, key: String? = nil, value: String = "")
    }

    /// What comes of what the caller says or presses; `nil` for what is not for it.
    mutating func receive(_ input: DialogueInput) -> Outcome? {
        switch self {
        case .capture(var capture):
            let step: Capture.Step?
            switch input {
            case .said(let text): step = capture.said(text)
            case .pressed(let key): step = capture.pressed(key)
            default: return nil
            }
            self = .capture(capture)
            switch step {
            case .say(let text): return .say(text)
            case .done(let value):
                return .over(
                    note: ModelNotes.captured(capture.kind, value), key: capture.kind.rawValue, value: value.text)
            case .gaveUp: return .over(note: ModelNotes.notCaptured(capture.kind))
            case nil: return .wait
            }
        case .message(var check):
            let step: MessageCheck.Step?
            switch input {
            case .said(let text): step = check.said(text)
            case .pressed(let key): step = check.pressed(key)
            default: return nil
            }
            self = .message(check)
            switch step {
            case .say(let text): return .say(text)
            case .kept: return .over(note: ModelNotes.messageKept, key: "message", value: check.message.note)
            case .wrong: return .over(note: ModelNotes.messageWrong)
            case nil: return .wait
            }
        }
    }
}
