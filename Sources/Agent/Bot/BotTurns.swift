package import Telephony
package import TelephonyPrimitives

/// What happens on a call with a bot: what of its sound is taken, when its marks are reached, and when the call is over.
/// No connection, no task, no clock.
package struct BotTurns: Sendable {
    package enum Input: Sendable, Equatable {
        /// So many samples have sounded; to be told while ``BotTurns/awaitsMarks``.
        case sounded(Int)
        case pressed(Character)
        /// The bot sent so many samples, at the call's rate, while so many waited.
        case sound(samples: Int, queued: Int)
        /// The bot wants to know when what ends at this sample has sounded.
        case mark(String, at: Int)
        /// The bot wants nothing more of what it sent to be heard.
        case clear
        /// Answer to `stopPlayout`.
        case stopped
        /// The bot has hung up, or closed the connection.
        case left
        /// Answer to `hearOut`.
        case heardOut
        /// The bot sent what can't be made sense of.
        case nonsense(String)
        /// The connection broke.
        case broke(String)
        /// The bot takes nothing any more.
        case tookNothing
        case tick
    }

    package enum Output: Sendable, Equatable {
        /// Take the sound that was told of; without, it is dropped.
        case play
        /// Stop at once, drop what is queued, and tell with `.stopped`.
        case stopPlayout
        /// Let what is queued be heard, and tell with `.heardOut`.
        case hearOut
        /// Tell the bot of a key.
        case tell(key: Character)
        /// Tell the bot that a mark has been reached.
        case reached(mark: String)
        case record(CallEntry)
        case hangUp(HangUpReason)
    }

    /// Complaints of one call that are written down.
    private static let maximumComplaints = 20
    /// Seconds that a bot may be ahead of what is played.
    private static let maximumLead = 300

    private let sampleRate: Int
    private let maximumDuration: Duration
    private let start: Instant
    private var marks = BotMarks()
    /// Those that are reached once it is quiet.
    private var cleared: [String] = []
    private var isStopping = false
    private var isLeaving = false
    private var isOver = false
    private var complaints = 0

    /// - Parameters:
    ///   - sampleRate: of the call.
    ///   - maximumDuration: the call ends after this long.
    package init(sampleRate: Int, maximumDuration: Duration, now: Instant) {
        self.sampleRate = sampleRate
        self.maximumDuration = maximumDuration
        start = now
    }

    /// Whether it is of interest how much has sounded.
    package var awaitsMarks: Bool { !marks.isEmpty && !isStopping }

    package mutating func receive(_ input: Input, now: Instant) -> [Output] {
        guard !isOver else { return [] }
        switch input {
        case .sounded(let played):
            return isStopping ? [] : marks.sounded(played).map { .reached(mark: $0) }
        case .pressed(let key): return [.tell(key: key)]
        case .sound(let samples, let queued):
            guard queued + samples <= sampleRate * Self.maximumLead else {
                return complaint("The bot is more than \(Self.maximumLead) s ahead: its sound is dropped.", now)
            }
            return samples == 0 ? [] : [.play]
        case .mark(let name, let end):
            return marks.add(name, at: end) ? [] : complaint("The bot sent too many marks.", now)
        case .clear:
            isStopping = true
            cleared += marks.clear()
            return [.stopPlayout]
        case .stopped:
            isStopping = false
            defer { cleared = [] }
            return cleared.map { .reached(mark: $0) }
        case .left:
            guard !isLeaving else { return [] }
            isLeaving = true
            return [.hearOut]
        case .heardOut: return finish(.normal, "bot left", "", now)
        case .nonsense(let what): return complaint(what, now)
        case .broke(let reason): return finish(.failure, "agent failed", "The bot: \(reason)", now)
        case .tookNothing: return finish(.failure, "agent failed", "The bot takes nothing any more.", now)
        case .tick:
            guard now >= start + maximumDuration else { return [] }
            isOver = true
            return [.hangUp(.maximumDuration)]
        }
    }

    /// Nothing follows.
    package mutating func callEnded(played: Int, now: Instant) -> [Output] {
        isOver = true
        return []
    }

    private mutating func finish(_ reason: HangUpReason, _ kind: String, _ detail: String, _ now: Instant) -> [Output] {
        isOver = true
        return [record(kind, detail, now), .hangUp(reason)]
    }

    private mutating func complaint(_ text: String, _ now: Instant) -> [Output] {
        complaints += 1
        return complaints <= Self.maximumComplaints ? [record("bot", text, now)] : []
    }

    private func record(_ kind: String, _ detail: String, _ now: Instant) -> Output {
        .record(.event(kind: kind, detail: detail, at: Int(clamping: (now - start).inNanoseconds / 1_000_000)))
    }
}
