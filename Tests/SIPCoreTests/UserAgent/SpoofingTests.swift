import SIPCore
import TelephonyPrimitives
import Testing

@Suite("T-14: a stranger who knows the Call-ID")
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

    @Test("T-14: can't cancel a call from another address or with another branch", arguments: [true, false])
    func cancel(hasBranch: Bool) throws {
        var stage = Stage()
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
