public import Telephony

/// An agent that talks: hears with a ``SpeechToText``, thinks with a ``Dialogue``, speaks with a ``TextToSpeech``.
public struct SpokenAgent: CallAgent {
    public let name: String
    private let hearing: any SpeechToText
    private let dialogue: any Dialogue
    private let voice: any TextToSpeech
    private let configuration: ConversationConfiguration

    public init(
        hearing: any SpeechToText, dialogue: any Dialogue, voice: any TextToSpeech,
        configuration: ConversationConfiguration = ConversationConfiguration()
    ) {
        name = "\(hearing.name) + \(dialogue.name) + \(voice.name)"
        self.hearing = hearing
        self.dialogue = dialogue
        self.voice = voice
        self.configuration = configuration
    }

    public var abilities: AgentAbilities { dialogue.abilities.union(.speaking) }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await converse(on: call, brief: CallBrief(), observer: observer)
    }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        do throws(ProviderError) {
            let format = SpeechFormat(sampleRate: call.sampleRate, codec: await call.statistics().codec)
            let ears = try await hearing.makeSession(format)
            let mind: any DialogueSession
            do throws(ProviderError) {
                mind = try await dialogue.makeSession(
                    DialogueContext(
                        callID: call.id.text, caller: call.remote.address, callerName: call.remote.displayName,
                        called: call.local.address, instructions: brief.instructions, variables: brief.variables))
            } catch {
                await ears.close()
                throw error
            }
            let mouth: any TextToSpeechSession
            do throws(ProviderError) {
                mouth = try await voice.makeSession(format)
            } catch {
                await ears.close()
                await mind.close()
                throw error
            }
            let conversation = Conversation(
                call: call, hearing: ears, dialogue: mind, voice: mouth,
                configuration: configuration.on(call.direction),
                observer: observer)
            brief.prompter.attach { await conversation.receive(.announce($0)) }
            defer { brief.prompter.attach(nil) }
            return await conversation.run()
        } catch {
            // Nobody is left on a dead silent line.
            observer(.event(kind: "agent failed", detail: error.description, at: 0))
            return ConversationOutcome(reason: .failure)
        }
    }
}
