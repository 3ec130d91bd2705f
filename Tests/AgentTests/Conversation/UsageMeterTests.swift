import Synchronization
import Telephony
import Testing

@testable import Agent

/// What is sent to services that tell no counts is counted, call by call.
@Suite(.timeLimit(.minutes(1)))
struct UsageMeterTests {
    private func usages(_ log: EntryLog) -> [UsageRecord] {
        log.entries.compactMap { if case .usage(let usage, _) = $0 { usage } else { nil } }
    }

    @Test("A conversation tells at its end what its voice and its hearing were sent, and none what another's was")
    func counted() async {
        let hearing = ScriptedHearing(
            sampleRate: 8_000, abilities: HearingAbilities(findsSpeech: false, judgesTurns: false))
        let (call, log) = (ScriptedCall(), EntryLog())
        let dialogue = ScriptedDialogue { input in input == .began ? [.say("Good day.")] : [.say("Goodbye."), .hangUp] }
        let agent = SpokenAgent(
            hearing: MeteredHearing(hearing), dialogue: dialogue, voice: MeteredVoice(ScriptedVoice()))
        async let outcome = agent.converse(on: call) { log.take($0) }
        await log.turn("Good day.")
        for _ in 0..<20 { call.say(Array(repeating: 9_000, count: 160)) }
        for _ in 0..<20 { call.say(Array(repeating: 0, count: 160)) }
        await until { hearing.utterances == 1 }
        hearing.tell(.final("bye", start: 1_600, end: 4_800))
        #expect(await outcome == ConversationOutcome(reason: .normal))
        let usages = usages(log)
        #expect(usages.count == 2)
        let voice = usages.first { $0.service == "scripted voice" }
        let ears = usages.first { $0.service == hearing.name }
        #expect(voice?.characters == "Good day.".count + "Goodbye.".count && voice?.audioMs == nil)
        #expect(ears?.characters == nil)
        // Of the forty pieces of 20 ms all that came before the end.
        #expect((ears?.audioMs).map { $0 >= 200 && $0 % 20 == 0 } == true)
    }

    @Test("What nobody counts costs nothing, and what has no use is not told")
    func silent() async throws {
        #expect(UsageMeter.current == nil)
        let session = try await MeteredVoice(ScriptedVoice()).makeSession(SpeechFormat(sampleRate: 8_000))
        for try await _ in session.speak("Prepared before any call.") {}
        let (call, log) = (ScriptedCall(), EntryLog())
        let dialogue = ScriptedDialogue { _ in [.hangUp] }
        let agent = SpokenAgent(
            hearing: ScriptedHearing(), dialogue: dialogue, voice: ScriptedVoice())
        _ = await agent.converse(on: call) { log.take($0) }
        #expect(usages(log).isEmpty)
    }
}
