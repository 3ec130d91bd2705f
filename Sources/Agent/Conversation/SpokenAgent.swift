public import Telephony

/// An agent that talks: hears with a ``SpeechToText``, thinks with a ``Dialogue``, speaks with a ``TextToSpeech``.
public struct SpokenAgent: CallAgent {
    public let name: String
    private let hearing: any SpeechToText
    private let dialogue: any Dialogue
    private let voice: any TextToSpeech
    private let voices: [String: any TextToSpeech]
    private let configuration: ConversationConfiguration

    /// - Parameters:
    ///   - hearing: makes out what the caller says.
    ///   - dialogue: decides what to say.
    ///   - voice: says it.
    ///   - voices: those of agents that may take the call over, by name, where they have one of their own.
    ///   - configuration: the habits of the conversation.
    public init(
        hearing: any SpeechToText, dialogue: any Dialogue, voice: any TextToSpeech,
        voices: [String: any TextToSpeech] = [:], configuration: ConversationConfiguration = ConversationConfiguration()
    ) {
        name = "\(hearing.name) + \(dialogue.name) + \(voice.name)"
        self.hearing = hearing
        self.dialogue = dialogue
        self.voice = voice
        self.voices = voices
        self.configuration = configuration
    }

    public var abilities: AgentAbilities { dialogue.abilities.union([.speaking, .answering]) }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await converse(on: call, brief: CallBrief(), observer: observer)
    }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        // Whoever runs the call may want to know meanwhile what is counted.
        let (meter, clock) = (UsageMeter.current ?? UsageMeter(), CallClock())
        let outcome = await UsageMeter.$current.withValue(meter) {
            await talk(on: call, brief: brief, observer: observer)
        }
        for usage in meter.records { observer(.usage(usage, at: clock.milliseconds)) }
        return outcome
    }

    private func talk(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        do throws(ProviderError) {
            let format = SpeechFormat(sampleRate: call.sampleRate, codec: await call.statistics().codec)
            let ears = try await hearing.makeSession(format)
            let mind: any DialogueSession
            let context = DialogueContext(
                callID: call.id.text, caller: call.remote.address, callerName: call.remote.displayName,
                called: call.local.address, instructions: brief.instructions, variables: brief.variables)
            do throws(ProviderError) {
                mind = try await dialogue.makeSession(context)
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
            let consulting = brief.line.map {
                ConsultationParts(
                    line: $0, voice: voice, hearing: hearing, words: configuration.consultationWords,
                    music: configuration.holdMusic)
            }
            let conversation = Conversation(
                call: call, hearing: ears, dialogue: mind, voice: mouth, voices: voices, format: format,
                configuration: habits(on: call, brief), consulting: consulting,
                journal: brief.journal.map { TurnJournal($0) }, context: context, observer: observer)
            brief.prompter.attach { await conversation.receive(.announce($0)) }
            if consulting != nil { brief.transfers.attach { await conversation.receive(.consult($0)) } }
            brief.farewells.attach { await conversation.receive(.takeLeave($0)) }
            var supervised = SupervisedAgent(hearing: hearing, meter: UsageMeter.current) {
                await conversation.isTransferring
            }
            if dialogue.abilities.contains(.notes) { supervised.note = { await conversation.advise($0) } }
            brief.supervision.attach(supervised)
            defer {
                brief.farewells.attach(nil)
                brief.prompter.attach(nil)
                brief.transfers.attach(nil)
                brief.supervision.attach(nil as SupervisedAgent?)
            }
            return await conversation.run()
        } catch {
            // Nobody is left on a dead silent line.
            observer(.event(kind: "agent failed", detail: error.description, at: 0))
            return ConversationOutcome(reason: .failure)
        }
    }

    /// The habits on a call, with what its brief says of who answers.
    private func habits(on call: any Call, _ brief: CallBrief) -> ConversationConfiguration {
        var habits = configuration
        if let plan = brief.answering { habits.answering = plan }
        habits.answering = habits.answering?.filled(
            with: brief.variables.merging(["caller": call.remote.address, "called": call.local.address]) { own, _ in own
            })
        return habits.on(call.direction)
    }
}
