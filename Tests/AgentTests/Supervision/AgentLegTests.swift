import RTPMedia
import Telephony
import Testing

@testable import Agent

/// A call as its agent has it when a supervisor takes it over.
@Suite(.timeLimit(.minutes(1)))
struct AgentLegTests {
    private static func frame(_ level: Int16 = 1) -> PCMFrame {
        PCMFrame(samples: Array(repeating: level, count: 160), sampleRate: 8_000)
    }

    @Test("Positions count what was the agent's, whatever a supervisor has said in between")
    func positions() async throws {
        let call = ScriptedCall()
        let leg = AgentLeg(call)
        try await leg.play(Self.frame())
        #expect(await leg.playedSamples() == 160)
        call.stopClock()
        try await leg.play(Self.frame())
        await leg.shut()
        // What had not sounded was dropped.
        #expect(await leg.playedSamples() == 160 && call.queuedSamples == 0)
        try await call.play(Self.frame(7))
        call.sound(samples: 160)
        #expect(await leg.playedSamples() == 160)
        #expect(await leg.flush() == 160)
        try await leg.play(Self.frame(9))
        #expect(await leg.playedSamples() == 320)
        #expect(!call.played.contains(9))
        await leg.open()
        #expect(await leg.playedSamples() == 320)
        try await leg.play(Self.frame(3))
        call.sound(samples: 160)
        #expect(await leg.playedSamples() == 480 && call.played.contains(3))
    }

    @Test("What an agent waits for counts as sent, though it was dropped")
    func drains() async throws {
        let call = ScriptedCall()
        let leg = AgentLeg(call)
        call.stopClock()
        try await leg.play(Self.frame())
        await leg.shut()
        #expect(await leg.playedSamples() == 0)
        await leg.drain()
        #expect(await leg.playedSamples() == 160)
    }

    @Test("While it is shut the agent hears silence, presses no keys, and hangs up on nobody")
    func shut() async throws {
        let call = ScriptedCall()
        let leg = AgentLeg(call)
        var frames = leg.audio.makeAsyncIterator()
        var events = leg.events.makeAsyncIterator()
        call.say([5, 5])
        let before = await frames.next()
        #expect(before?.samples == [5, 5])
        await leg.shut()
        await leg.shut()
        call.say([6, 6])
        let during = await frames.next()
        #expect(during?.samples == [0, 0])
        await #expect(throws: CallError.busy) { try await leg.sendDTMF("1") }
        await #expect(throws: CallError.busy) { try await leg.transfer(to: "sip:a@b") }
        await leg.hangUp(reason: .silence)
        #expect(call.hangUps.isEmpty && call.digits.isEmpty && call.transfers.isEmpty)
        await leg.open()
        call.say([7, 7])
        let after = await frames.next()
        #expect(after?.samples == [7, 7])
        let told = [await events.next(), await events.next()]
        #expect(told == [.takenOver(true), .takenOver(false)])
        await leg.hangUp(reason: .normal)
        #expect(call.hangUps == [.normal])
    }
}
