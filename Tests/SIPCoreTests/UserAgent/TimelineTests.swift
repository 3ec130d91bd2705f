import SIPCore
import TelephonyPrimitives
import Testing

/// F-35: where the milliseconds of a call's set-up went.
@Suite("The times of a call")
struct TimelineTests {
    @Test(
        "F-35: a call out says when its INVITE went out, when it was tried, rang, was answered, acknowledged and over")
    func outgoing() throws {
        var stage = Stage()
        stage.givesFlows = false
        let id = try stage.call()
        // The look-up and the connection take their time.
        stage.advance(.milliseconds(120))
        let asked = try #require(stage.asked.first)
        stage.feed(.flowOpened(asked.0, stage.flow))
        let invite = try #require(stage.lastRequest(.invite))
        stage.advance(.milliseconds(30))
        stage.respond(100, to: invite)
        stage.advance(.milliseconds(1_850))
        stage.respond(183, to: invite, body: "v=0 early")
        stage.advance(.milliseconds(500))
        stage.respond(180, to: invite)
        stage.advance(.milliseconds(4_500))
        stage.givesFlows = true
        stage.respond(200, to: invite, body: "v=0 answer")
        stage.advance(.milliseconds(60_000))
        stage.command(.end(id))
        let timeline = try #require(stage.ends.first).timeline
        #expect(timeline.sent == .milliseconds(120))
        #expect(timeline.trying == .milliseconds(150))
        #expect(timeline.ringing == .milliseconds(2_000))
        #expect(timeline.answered == .milliseconds(7_000))
        #expect(timeline.acknowledged == .milliseconds(7_000))
        #expect(timeline.ended == .milliseconds(67_000))
        #expect(timeline.postDialDelay == .milliseconds(1_880))
        #expect(timeline.talking == .milliseconds(60_000))
    }

    @Test("F-35: a call to us says how long it rang, when it was answered and when the ACK came")
    func incoming() throws {
        var stage = Stage()
        stage.request("INVITE", body: "v=0 offer")
        let id = try #require(stage.incoming.last)
        stage.advance(.milliseconds(250))
        stage.command(.ring(id))
        stage.advance(.milliseconds(3_000))
        stage.command(.ring(id, status: 183, body: .answer))
        stage.advance(.milliseconds(1_000))
        stage.command(.answer(id, body: .answer))
        try stage.learnOurTag()
        stage.advance(.milliseconds(90))
        stage.acknowledge()
        stage.advance(.milliseconds(10_000))
        // What changes later does not count again.
        stage.request("INVITE", body: "v=0 hold")
        stage.command(.answerReinvite(id, body: .answer))
        stage.acknowledge()
        stage.request("BYE")
        let timeline = try #require(stage.ends.first).timeline
        #expect(timeline.sent == nil && timeline.trying == nil)
        #expect(timeline.ringing == .milliseconds(250))
        #expect(timeline.answered == .milliseconds(4_250))
        #expect(timeline.acknowledged == .milliseconds(4_340))
        #expect(timeline.ended == .milliseconds(14_340))
        #expect(timeline.postDialDelay == .milliseconds(250))
        #expect(timeline.talking == .milliseconds(10_090))
    }

    @Test("F-35: a call that is refused, or that nobody takes up, has times for what there was of it")
    func failed() throws {
        var stage = Stage()
        _ = try stage.call()
        stage.advance(.milliseconds(40))
        stage.respond(486, to: try #require(stage.lastRequest(.invite)))
        let refused = try #require(stage.ends.first).timeline
        #expect(refused.ended == .milliseconds(40))
        #expect(refused.answered == nil && refused.ringing == nil && refused.acknowledged == nil)
        #expect(refused.postDialDelay == nil && refused.talking == nil)

        var silent = Stage()
        _ = try silent.call()
        silent.advance(.seconds(40))
        let timeline = try #require(silent.ends.first).timeline
        #expect(timeline.sent == .zero)
        #expect(timeline.ended == .seconds(32))
    }
}
