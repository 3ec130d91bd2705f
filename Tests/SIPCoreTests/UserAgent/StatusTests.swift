import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A status")
struct StatusTests {
    @Test(
        "that nobody knows counts as one of its class (RFC 3261 §8.1.3.2)", arguments: [163, 299, 399, 499, 599, 699])
    func unknown(status: Int) throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(status, to: invite, body: status == 299 ? "v=0 answer" : nil)
        switch status {
        case ..<200: #expect(stage.names == ["provisional 163"])
        case ..<300: #expect(stage.names == ["answered"] && stage.titles.last == "ACK")
        default:
            #expect(stage.ends.map(\.status) == [status] && stage.ends.map(\.cause) == [.rejectedByPeer])
            #expect(stage.titles.last == "ACK")
        }
    }

    @Test("of 181 or 182 says what becomes of a call that rings", arguments: [181, 182])
    func progress(status: Int) throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .ring(id, status: status)) }
        }
        _ = try link.call()
        link.run(.seconds(1))
        #expect(link.names(.alice).last == "provisional \(status)")
    }

    @Test("of an OPTIONS is the one that an INVITE would get (RFC 3261 §11.2)")
    func options() throws {
        var stage = Stage()
        func ask() throws -> Int {
            stage.request("OPTIONS", toTag: .some(nil))
            return try #require(stage.lastResponse(to: .options)?.status)
        }
        #expect(try ask() == 200)
        stage.command(.drain(true))
        #expect(try ask() == 503)
        #expect(stage.lastResponse(to: .options)?.first(.retryAfter) != nil)
        stage.command(.drain(false))
        stage.feed(.overload(Overload(reason: "The processor is busy", retryAfter: .seconds(5))))
        #expect(try ask() == 503)
        stage.feed(.overload(nil))
        #expect(try ask() == 200)
    }

    @Test("that never comes to an INFO means that the peer has gone (RFC 3261 §12.2.1.2)")
    func silentInfo() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.command(.info(id, Body(contentType: "application/dtmf-relay", octets: Array("Signal=1\r\n".utf8))))
        stage.advance(.seconds(33))
        #expect(stage.ends.map(\.cause) == [.dialogLost])
        #expect(stage.titles.last == "BYE")
    }
}
