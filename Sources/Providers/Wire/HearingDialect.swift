internal import Agent
internal import TelephonyPrimitives

/// How one service is talked to that hears: no socket, no clock.
protocol HearingDialect: Sendable {
    var abilities: HearingAbilities { get }
    /// Milliseconds of sound that are sent as one message.
    var pieceMs: Int { get }
    var quietHabit: QuietHabit { get }
    /// How long the service may say nothing while it is sent sound; `nil` when it has nothing to say of silence.
    var patience: Duration? { get }
    /// What is said before the socket is closed.
    var farewell: String { get }
    /// When ``tick(now:)`` is to be called.
    var deadline: Instant? { get }

    /// A socket is open, and nothing of what was said on an earlier one is known there.
    ///
    /// - Parameter position: the first sample that it is given.
    /// - Returns: what is said to it at once, as text.
    mutating func connected(at position: Int, now: Instant) -> [String]
    /// Takes in a message of the service.
    mutating func receive(_ message: JSONValue, _ positions: StreamPositions, now: Instant) -> [HearingOutcome]
    /// The utterance is wanted now, up to the sample `position`; what has to be said for it follows the sound up to
    /// there, as text.
    mutating func finishUtterance(at position: Int, now: Instant) -> [String]
    /// Phrases that are likely to come.
    mutating func expect(_ phrases: [String]) -> [String]
    mutating func tick(now: Instant) -> [HearingOutcome]
    /// How sound is sent.
    func message(carrying sound: [UInt8]) -> SoundMessage
    /// Why the service closed, from its close code and reason.
    func error(closing code: UInt16?, _ reason: String) -> ProviderError
}

extension HearingDialect {
    var patience: Duration? { .seconds(20) }

    func message(carrying sound: [UInt8]) -> SoundMessage { .binary(sound) }
}

/// A message with sound.
enum SoundMessage: Sendable, Equatable {
    case binary([UInt8])
    case text(String)
}

/// What is sent while there is no sound.
enum QuietHabit: Sendable, Equatable {
    case keepAlive(String, after: Duration)
    /// Silence as long as it was quiet.
    case silence(after: Duration)
}

/// What comes of a service's message.
enum HearingOutcome: Sendable, Equatable {
    case event(HearingEvent)
    /// Sound before this sample has been understood for good.
    case settled(Int)
    /// The socket is of no use any more.
    case lost(ProviderError)
}
