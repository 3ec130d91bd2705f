public import Agent
internal import Telephony

extension CampaignOutcome {
    /// What a call came to.
    public init(_ result: CallResult) {
        if result.answeredMs > 0 {
            switch result.answeredBy {
            case .human: self = .human
            case .machine: self = result.hasLeftVoicemail ? .voicemail : .machine
            case .screening: self = .screening
            case .fax: self = .fax
            case .menu, .silence, .unknown, nil: self = .answered
            }
            return
        }
        switch (result.end.cause, result.end.status) {
        case (_, 486), (_, 600): self = .busy
        case (_, 603), (_, 607), (_, 608): self = .declined
        case (_, 404), (_, 410), (_, 484), (_, 604): self = .failed
        case (.noAnswer, _), (_, 408), (_, 480), (_, 487): self = .noAnswer
        case (.localHangUp, _), (.cancelled, _): self = .cancelled
        case (.unreachable, _), (_, (500...599)?): self = .unreachable
        default: self = .failed
        }
    }
}
