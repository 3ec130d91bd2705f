import SIPCore
import TelephonyPrimitives
import Testing

/// RFC 3261 §21.5.4: who can take no more calls says so, and for how long.
@Suite("Overload")
struct OverloadTests {
    private static let overload = Overload(reason: "The machine is busy", retryAfter: .seconds(20))

    @Test("refuses a new call with 503 and Retry-After before anything is made for it")
    func refusal() throws {
        var stage = Stage()
        stage.feed(.overload(Self.overload))
        for number in 1...50 {
            stage.callID = "call-\(number)"
            stage.request("INVITE", toTag: .some(nil), body: "v=0")
            let response = try #require(stage.lastResponse(to: .invite))
            #expect(response.status == 503)
            let wait = try #require(response.first(.retryAfter).flatMap { Int($0) })
            #expect((20...30).contains(wait))
        }
        #expect(stage.incoming.isEmpty)
        #expect(stage.core.counters.isIdle)
        #expect(stage.core.counters.refused == 50)
        // Callers that come back do not do so all at once.
        #expect(Set(stage.responses.compactMap { $0.first(.retryAfter) }).count > 3)
    }

    @Test("leaves calls that are up alone, and ends when it is over")
    func runningCalls() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.feed(.overload(Self.overload))
        stage.request("INFO")
        #expect(stage.lastResponse(to: .info)?.status == 200)
        stage.request("INVITE", body: "v=0")
        stage.command(.answerReinvite(id, body: .offer))
        #expect(stage.lastResponse(to: .invite)?.status == 200)
        stage.feed(.overload(nil))
        stage.callID = "call-2"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        #expect(stage.incoming.count == 2)
    }

    @Test("answers the same INVITE with the same tag each time")
    func sameTag() throws {
        var stage = Stage()
        // What is answered without state keeps to no timers.
        stage.wire.turnOff()
        stage.feed(.overload(Self.overload))
        for _ in 1...2 {
            stage.request("INVITE", sequence: 11, branch: "z9hG4bKsame", toTag: .some(nil), body: "v=0")
        }
        let tags = try stage.responses.map { try $0.to.tag }
        #expect(tags.count == 2)
        #expect(tags[0] != nil && tags[0] == tags[1])
    }
}
