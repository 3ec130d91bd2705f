internal import Agent

/// How one service is talked to that speaks: one socket for a call, and on it a context for each text. No socket, no
/// clock.
protocol VoiceDialect: Sendable {
    var encoding: WireEncoding { get }
    /// Samples per second of what it gives.
    var sampleRate: Int { get }
    /// Contexts that may be open at once on a socket.
    var maximumContexts: Int { get }
    /// Whether a context that was given up counts as open until the service says that it is gone.
    var closesLate: Bool { get }
    /// Texts that are spoken on one socket within a minute; `nil` for any number.
    var textsPerMinute: Int? { get }

    /// What is said for a text to be spoken, as texts.
    mutating func opening(_ context: String, text: String) -> [String]
    /// What is said for a text that is not wanted any more, if anything.
    mutating func cancelling(_ context: String) -> String?
    mutating func receive(_ message: JSONValue) -> [VoiceOutcome]
    /// Takes in a binary message.
    mutating func receive(sound: [UInt8]) -> [VoiceOutcome]
    /// Nothing more is to come of a context.
    mutating func forget(_ context: String)
    /// Why the service closed, from its close code and reason.
    func error(closing code: UInt16?, _ reason: String) -> ProviderError
}

extension VoiceDialect {
    var textsPerMinute: Int? { nil }

    mutating func receive(sound: [UInt8]) -> [VoiceOutcome] { [] }
}

/// What comes of a service's message.
enum VoiceOutcome: Sendable, Equatable {
    case sound(context: String, [UInt8], [SpokenWord])
    /// All of a context has come; with it the words that were not whole before.
    case done(context: String, [SpokenWord])
    /// A context failed; without one, the socket is of no use any more.
    case failed(context: String?, ProviderError)
}
