import SIPCore
import TelephonyPrimitives
import Testing

@Suite("T-14: a stranger who knows the Call-ID", .tags(.threat))
struct SpoofingTests {
    static let methods = ["BYE", "INVITE", "UPDATE", "INFO", "REFER", "PRACK", "NOTIFY"]

    @Test("T-14: can do nothing with wrong tags", arguments: methods)
    func wrongTags(method: String) throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        let right = stage.ourTag
        let body = method == "INVITE" || method == "UPDATE" ? "v=0 evil" : nil
        stage.request(method, toTag: "guess", body: body)
        #expect(stage.responses.last?.status == 481)
        stage.peerTag = "guess"
        stage.request(method, toTag: right, body: body)
        #expect(stage.responses.last?.status == 481)
        #expect(stage.ends.isEmpty && !stage.names.contains("reinvite"))
        stage.peerTag = "peer-tag"
        stage.command(.info(id, .hold))
        #expect(stage.titles.last == "INFO")
    }

    @Test("T-14: can do nothing with the right tags and an old number", arguments: methods)
    func oldSequence(method: String) throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        stage.request(method, sequence: 11, body: method == "INVITE" || method == "UPDATE" ? "v=0 evil" : nil)
        #expect(stage.responses.last?.status == 500)
        #expect(stage.ends.isEmpty && !stage.names.contains("reinvite"))
    }

    private static let stranger = Flow(
        protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0xCB00_7105), port: 5060), id: 1)

    @Test("T-14: can do nothing from another address, even with the right tags and number", arguments: methods)
    func otherSource(method: String) throws {
        for isIncoming in [true, false] {
            var stage = Stage()
            let id = isIncoming ? try stage.establishIncoming() : try stage.establishOutgoing()
            let body = method == "INVITE" || method == "UPDATE" ? "v=0 evil" : nil
            stage.request(method, sequence: 1_000, body: body, over: Self.stranger)
            #expect(stage.responses.last?.status == 403)
            #expect(stage.core.counters.refused == 1)
            #expect(stage.core.counters.refusedBySource == [Self.stranger.remote.ip: 1])
            #expect(stage.ends.isEmpty && !stage.names.contains("reinvite") && !stage.names.contains("info"))
            // The number that was spent on us is not the dialog's, and our requests still go to the peer.
            stage.request("INFO")
            #expect(stage.lastResponse(to: .info)?.status == 200)
            stage.command(.info(id, .hold))
            #expect(stage.sent.last?.flow == stage.flow)
        }
    }

    @Test(
        "T-14: does not keep out a peer that comes from the host of its Contact, of its proxy, or another port of its own"
    )
    func ownHosts() throws {
        let elsewhere = TransportAddress(ip: .v4(0xC633_6407), port: 5080)
        for headers in [["Contact: <sip:bob@198.51.100.7:5080>"], ["Record-Route: <sip:198.51.100.7;lr>"]] {
            var stage = Stage()
            _ = try stage.establishIncoming(headers: headers)
            var flow = stage.flow
            flow.remote = elsewhere
            stage.request("BYE", over: flow)
            #expect(stage.responses.last?.status == 200)
            #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
        }
        var configuration = UserAgentConfiguration()
        configuration.knownSources = [Self.stranger.remote.ip]
        var stage = Stage(configuration)
        _ = try stage.establishIncoming()
        stage.request("BYE", over: Self.stranger)
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
    }

    @Test("T-14: can't cancel a call from another address or with another branch", arguments: [true, false])
    func cancel(hasBranch: Bool) throws {
        var stage = Stage()
        // A stranger and the peer write into one trace.
        stage.wire.turnOff()
        stage.request("INVITE", branch: "z9hG4bKsecret", body: "v=0 offer")
        let stranger = Flow(
            protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0xCB00_7105), port: 5060), id: 1)
        stage.request(
            "CANCEL", sequence: 11, branch: hasBranch ? "z9hG4bKsecret" : "z9hG4bKguess",
            over: hasBranch ? stranger : nil)
        #expect(stage.responses.last?.status == 481)
        #expect(stage.ends.isEmpty)
        stage.request("CANCEL", sequence: 11, branch: "z9hG4bKsecret")
        #expect(stage.lastResponse(to: .invite)?.status == 487)
    }
}
