import RTPMedia
import Telephony
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct CallAgentTests {
    @Test("An echo plays what it hears until the call ends")
    func echo() async {
        let (call, log) = (ScriptedCall(), EntryLog())
        async let outcome = EchoAgent().converse(on: call) { log.take($0) }
        call.say([1, 2, 3])
        call.say([4, 5])
        await until { call.played.count == 5 }
        call.press("7")
        await log.entry { if case .key(let key) = $0 { key.digit == "7" } else { false } }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
        #expect(call.played == [1, 2, 3, 4, 5])
    }

    @Test("A recording is played once, to its last sample, and then the call is over")
    func playback() async {
        let (call, log) = (ScriptedCall(), EntryLog())
        let samples = (0..<1_000).map { Int16($0) }
        let agent = PlaybackAgent(name: "hello.wav", clip: AudioClip(samples: samples, sampleRate: 8_000))
        #expect(agent.name == "playback: hello.wav")
        let outcome = await agent.converse(on: call) { log.take($0) }
        #expect(outcome == ConversationOutcome(reason: .normal))
        #expect(call.played == samples)
    }

    @Test("A caller may leave before the recording has ended")
    func leavesEarly() async {
        let call = ScriptedCall()
        call.stopClock()
        let agent = PlaybackAgent(
            name: "long.wav", clip: AudioClip(samples: Array(repeating: 1, count: 80_000), sampleRate: 8_000))
        async let outcome = agent.converse(on: call) { _ in }
        await until { call.played.count >= 1_600 }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
    }

    @Test(
        "What happens on a call is written down",
        arguments: [
            (.held(true), "held"), (.held(false), "resumed"), (.mediaChanged(codec: "PCMA"), "media"),
            (.mediaSilent(duration: .seconds(5)), "no sound"), (.mediaFlows, "sound flows"),
            (.transferProgress(status: 180), "transfer"),
        ] as [(CallEvent, String)])
    func events(event: CallEvent, kind: String) async {
        let (call, log) = (ScriptedCall(), EntryLog())
        async let outcome = EchoAgent().converse(on: call) { log.take($0) }
        call.happen(event)
        await log.entry { if case .event(kind, _, _) = $0 { true } else { false } }
        call.remoteHangUp()
        _ = await outcome
        #expect(log.events == [kind])
    }
}
