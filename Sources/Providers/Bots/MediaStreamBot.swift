public import Agent
public import RTPMedia
public import Telephony
public import WebSockets

/// A bot of one's own at a WebSocket: Trunkline dials it and plays the carrier of Twilio's or Telnyx's media streaming,
/// which nearly every bot framework can talk to.
public struct MediaStreamBot: CallAgent {
    public let name: String
    /// Whose media streaming it speaks.
    public var dialect: MediaStreamDialect
    /// Where it is.
    public var url: WebSocketURL
    /// Further header fields of the request that opens the WebSocket.
    public var headers: [WebSocketHeaderField] = []
    /// What the bot is told besides: Twilio's `customParameters`. `from` and `to` are always there.
    public var parameters: [String: String] = [:]
    /// Further roots that are trusted, for `wss`.
    public var tls = WebSocketTLS()
    public var connectTimeout = Duration.seconds(5)
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

    public init(_ dialect: MediaStreamDialect, url: WebSocketURL) {
        self.dialect = dialect
        self.url = url
        name = "bot: \(dialect.rawValue) \(url)"
    }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await converse(on: call, brief: CallBrief(), observer: observer)
    }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        let clock = CallClock()
        let sorry = CallApology(apology, transfer: failureTransfer)
        let connection: WebSocketConnection
        do throws(WebSocketConnectionError) {
            var limits = WebSocketLimits()
            limits.maximumMessageOctets = 4_194_304
            limits.maximumUnsentOctets = 262_144
            limits.pingInterval = .seconds(20)
            connection = try await WebSocketConnection.open(
                url, headers: headers, limits: limits, tls: tls, connectTimeout: connectTimeout)
        } catch {
            observer(.event(kind: "agent failed", detail: "\(name): \(error)", at: 0))
            if let fallback { return await fallback.converse(on: call, brief: brief, observer: observer) }
            return await sorry.end(call, clock: clock, observer: observer)
        }
        let format = SpeechFormat(sampleRate: call.sampleRate, codec: await call.statistics().codec)
        let wire = MediaStreamProtocol(dialect, identity: identity(of: call), companding: format.companding)
        observer(.event(kind: "bot", detail: "stream \(wire.identity.stream)", at: 0))
        let conversation = BotConversation(
            call: call, line: WebSocketBotLine(connection: connection), wire: wire,
            played: await call.playedSamples(), maximumDuration: maximumDuration,
            journal: brief.journal.map { TurnJournal($0) }, observer: observer)
        brief.farewells.attach { [goodbye] in await conversation.takeLeave($0, saying: goodbye) }
        defer { brief.farewells.attach(nil) }
        let outcome = await conversation.run()
        guard outcome.reason == .failure else { return outcome }
        return await sorry.end(call, clock: clock, observer: observer)
    }

    private func identity(of call: any Call) -> MediaStreamProtocol.Identity {
        // As long as the carrier's own, for bots that look.
        func name(_ prefix: String) -> String {
            prefix + (0..<32).map { _ in String(UInt8.random(in: 0...15), radix: 16) }.joined()
        }
        let isTwilio = dialect == .twilio
        return MediaStreamProtocol.Identity(
            stream: name(isTwilio ? "MZ" : ""), call: isTwilio ? name("CA") : "v3:\(call.id.text)",
            account: name(isTwilio ? "AC" : ""), from: call.remote.address, to: call.local.address,
            parameters: parameters.merging(["callId": call.id.text], uniquingKeysWith: { own, _ in own }))
    }
}
