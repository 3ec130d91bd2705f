public import RTPMedia
public import Telephony

/// An agent that is one model which hears and speaks.
///
/// What comes faster than it is spoken waits here, and at most about 200 ms in the call, so that the agent is quiet as
/// soon as the caller speaks, and the model can be told how much of it was heard.
public struct SpeechToSpeechAgent: CallAgent {
    public let name: String
    private let models: [any SpeechToSpeech]
    private let configuration: ConversationConfiguration
    private let apology: AudioClip?
    private let goodbye: AudioClip?
    private let listensForCaller: Bool

    /// - Parameters:
    ///   - model: who talks.
    ///   - fallbacks: who talks when it can't be opened, and who goes on when it is lost in mid-call; tried in order, each
    ///     once.
    ///   - configuration: the habits of a conversation; its apology is text, and so is not said. Where it has a
    ///     `failureTransfer`, the caller is put through once all models are lost.
    ///   - apology: what is played when all models are lost; `nil`: nothing.
    ///   - goodbye: what is played when what the call may use up is used up; `nil`: nothing.
    ///   - listensForCaller: whether the call's own front end cuts the model off too, not only the model itself. For
    ///     models that tell late, or not at all, that the caller speaks.
    public init(
        _ model: any SpeechToSpeech, fallbacks: [any SpeechToSpeech] = [],
        configuration: ConversationConfiguration = ConversationConfiguration(), apology: AudioClip? = nil,
        goodbye: AudioClip? = nil, listensForCaller: Bool = false
    ) {
        name = model.name
        models = [model] + fallbacks
        self.configuration = configuration
        self.apology = apology
        self.goodbye = goodbye
        self.listensForCaller = listensForCaller
    }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await converse(on: call, brief: CallBrief(), observer: observer)
    }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        // Whoever is called for the caller is not spoken to: the model's voice is the caller's.
        let consulting = brief.line.map { ConsultationParts(line: $0, music: configuration.holdMusic) }
        let clock = CallClock()
        let format = SpeechFormat(sampleRate: call.sampleRate, codec: await call.statistics().codec)
        let context = DialogueContext(
            callID: call.id.text, caller: call.remote.address, callerName: call.remote.displayName,
            called: call.local.address)
        for (index, model) in models.enumerated() {
            do throws(ProviderError) {
                let session = try await model.makeSession(context, format)
                let conversation = DuplexConversation(
                    call: call, session: session,
                    fallbacks: DuplexFallbacks(models[(index + 1)...], context: context, format: format),
                    configuration: configuration.on(call.direction), apology: apology, goodbye: goodbye,
                    listensForCaller: listensForCaller,
                    played: await call.playedSamples(), consulting: consulting,
                    journal: brief.journal.map { TurnJournal($0) }, observer: observer)
                if consulting != nil { brief.transfers.attach { await conversation.put(through: $0) } }
                brief.farewells.attach { await conversation.takeLeave($0) }
                brief.supervision.attach(SupervisedAgent { await conversation.isTransferring })
                defer {
                    brief.farewells.attach(nil)
                    brief.transfers.attach(nil)
                    brief.supervision.attach(nil as SupervisedAgent?)
                }
                return await conversation.run()
            } catch {
                observer(.event(kind: "agent failed", detail: "\(model.name): \(error)", at: clock.milliseconds))
                if case .cancelled = error { return ConversationOutcome(reason: .shutdown) }
            }
        }
        // Nobody is left on a dead silent line.
        return await CallApology(apology, transfer: configuration.failureTransfer)
            .end(call, clock: clock, observer: observer)
    }
}
