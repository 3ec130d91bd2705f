import TelephonyPrimitives

/// When what happened to a call, counted from its beginning in whole milliseconds; `nil` for what never happened.
///
/// It begins with `Command.invite`, or with the arrival of the peer's INVITE.
public struct SessionTimeline: Hashable, Sendable {
    /// Our first INVITE went out: the servers were looked up and the connection was there. `nil` for a call to us.
    public internal(set) var sent: Duration?
    /// The first answer of any kind came, mostly a 100. `nil` for a call to us.
    public internal(set) var trying: Duration?
    /// The first provisional response above 100 came, or went out.
    public internal(set) var ringing: Duration?
    /// The 2xx came, or went out.
    public internal(set) var answered: Duration?
    /// The ACK went out, or came.
    public internal(set) var acknowledged: Duration?
    /// The call was over.
    public internal(set) var ended: Duration?

    /// From the INVITE to the first sign of the called person, a provisional response above 100 or an answer: the
    /// session request delay of RFC 6076 §4.3.1, which callers know as post-dial delay.
    public var postDialDelay: Duration? {
        (ringing ?? answered).map { $0 - (sent ?? .zero) }
    }

    /// From the answer to the end (RFC 6076 §4.5).
    public var talking: Duration? {
        guard let answered, let ended else { return nil }
        return ended - answered
    }
}

/// The times of a call while it goes on, in little space.
struct SessionClock: Sendable {
    enum Mark: Int, Sendable, CaseIterable {
        case sent, trying, ringing, answered, acknowledged, ended
    }

    private static let never = UInt32.max

    private let begun: Instant
    private var marks: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (never, never, never, never, never, never)

    init(begun: Instant) {
        self.begun = begun
    }

    /// Notes the first time that something happens; later ones change nothing.
    mutating func note(_ mark: Mark, now: Instant) {
        let milliseconds = UInt32(clamping: max(0, now.nanoseconds &- begun.nanoseconds) / 1_000_000)
        func set(_ value: inout UInt32) {
            if value == Self.never { value = min(milliseconds, Self.never - 1) }
        }
        switch mark {
        case .sent: set(&marks.0)
        case .trying: set(&marks.1)
        case .ringing: set(&marks.2)
        case .answered: set(&marks.3)
        case .acknowledged: set(&marks.4)
        case .ended: set(&marks.5)
        }
    }

    var timeline: SessionTimeline {
        func duration(_ mark: UInt32) -> Duration? { mark == Self.never ? nil : .milliseconds(Int64(mark)) }
        var timeline = SessionTimeline()
        timeline.sent = duration(marks.0)
        timeline.trying = duration(marks.1)
        timeline.ringing = duration(marks.2)
        timeline.answered = duration(marks.3)
        timeline.acknowledged = duration(marks.4)
        timeline.ended = duration(marks.5)
        return timeline
    }
}

extension InviteSession {
    /// Notes what its actions say about the call, and gives the whole of it to whoever hears of the end.
    mutating func noteTimes(now: Instant) {
        if phase == .established { clock.note(.answered, now: now) }
        for index in actions.indices {
            switch actions[index].mark {
            case .none: break
            case .trying: clock.note(.trying, now: now)
            case .heardRinging:
                clock.note(.trying, now: now)
                clock.note(.ringing, now: now)
            case .saidRinging:
                // Later ones are answers to other requests.
                if phase == .ringing { clock.note(.ringing, now: now) }
            case .acknowledged: clock.note(.acknowledged, now: now)
            case .ended:
                clock.note(.ended, now: now)
                let timeline = clock.timeline
                guard case .tell(.ended(let id, var end)) = actions[index] else { break }
                end.timeline = timeline
                actions[index] = .tell(.ended(id, end))
            }
        }
    }
}

extension SessionAction {
    fileprivate enum Mark { case none, trying, heardRinging, saidRinging, acknowledged, ended }

    /// What the action says about how far the call is.
    fileprivate var mark: Mark {
        switch self {
        case .tell(let event): event.mark
        case .acknowledge: .acknowledged
        case .respond(_, let draft): draft.status > 100 && draft.status < 200 ? .saidRinging : .none
        default: .none
        }
    }
}

extension UserAgentCore.Event {
    fileprivate var mark: SessionAction.Mark {
        switch self {
        case .provisional(_, let response): response.status > 100 ? .heardRinging : .trying
        case .answered: .trying
        case .acknowledged: .acknowledged
        case .ended: .ended
        default: .none
        }
    }
}
