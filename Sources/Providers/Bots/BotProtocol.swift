internal import Telephony

/// What goes over the line to a bot.
enum BotMessage: Sendable, Equatable {
    case text(String)
    case octets([UInt8])
}

/// What a bot wants done.
enum BotWish: Sendable, Equatable {
    /// Play this after what is queued.
    case play([Int16], sampleRate: Int)
    /// Tell when everything that was queued before has sounded.
    case mark(String)
    /// Drop what is queued.
    case clear
    case hangUp
    /// Something that can't be made sense of; for the record.
    case complaint(String)
}

/// How a bot is spoken to: no socket, no task, no clock.
protocol BotProtocol: Sendable {
    /// Samples per second of what the bot hears.
    var sampleRate: Int { get }
    /// The first messages.
    mutating func began() -> [BotMessage]
    mutating func heard(_ samples: [Int16]) -> [BotMessage]
    mutating func pressed(_ key: Character) -> [BotMessage]
    /// A mark has been reached.
    mutating func reached(_ mark: String) -> [BotMessage]
    /// The call is over.
    mutating func ended() -> [BotMessage]
    mutating func received(_ message: BotMessage) -> [BotWish]
}
