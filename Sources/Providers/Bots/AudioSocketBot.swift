public import Agent
public import RTPMedia
public import Telephony

/// A bot of one's own at a TCP port that speaks AudioSocket, Asterisk's simplest protocol for sound.
///
/// It knows no marks, and no way to drop what was sent: a bot has to send in real time, and falls silent by sending
/// nothing.
public struct AudioSocketBot: CallAgent {
    public let name: String
    public var host: String
    public var port: Int
    /// Samples per second of what the bot hears: 8 000, or 16 000 for bots that know type 0x12.
    public var sampleRate = 8_000
    public var connectTimeout = Duration.seconds(2)
    /// The call ends after this long.
    public var maximumDuration = Duration.seconds(1_800)
    /// Who talks when the bot can't be reached; without, as when the bot is lost.
    public var fallback: (any CallAgent)?
    /// What is played when the bot is lost, of any rate; `nil`: nothing.
    public var apology: AudioClip?
    /// What is played when what the call may use up is used up; `nil`: nothing.
    public var goodbye: AudioClip?
    /// Where the caller is put through to when the bot is lost, a SIP URI or a telephone number; `nil`: the call ends.
    public var failureTransfer: String?

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
        name = "bot: audiosocket \(host):\(port)"
    }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await converse(on: call, brief: CallBrief(), observer: observer)
    }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        let clock = CallClock()
        let sorry = CallApology(apology, transfer: failureTransfer)
        let line: TCPBotLine
        do {
            line = try await TCPBotLine.open(host: host, port: port, timeout: connectTimeout)
        } catch {
            observer(.event(kind: "agent failed", detail: "\(name) can't be reached: \(error)", at: 0))
            if let fallback { return await fallback.converse(on: call, brief: brief, observer: observer) }
            return await sorry.end(call, clock: clock, observer: observer)
        }
        let identifier = Self.identifier()
        observer(.event(kind: "bot", detail: "uuid \(Self.text(identifier))", at: 0))
        let conversation = BotConversation(
            call: call, line: line,
            wire: AudioSocketProtocol(identifier: identifier, sampleRate: sampleRate == 16_000 ? 16_000 : 8_000),
            played: await call.playedSamples(), maximumDuration: maximumDuration,
            journal: brief.journal.map { TurnJournal($0) }, observer: observer)
        brief.farewells.attach { [goodbye] in await conversation.takeLeave($0, saying: goodbye) }
        defer { brief.farewells.attach(nil) }
        let outcome = await conversation.run()
        guard outcome.reason == .failure else { return outcome }
        return await sorry.end(call, clock: clock, observer: observer)
    }

    /// A random UUID (RFC 9562 §5.4).
    private static func identifier() -> [UInt8] {
        var octets = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        octets[6] = octets[6] & 0x0F | 0x40
        octets[8] = octets[8] & 0x3F | 0x80
        return octets
    }

    private static func text(_ identifier: [UInt8]) -> String {
        var text = ""
        for (index, octet) in identifier.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        return text
    }
}
