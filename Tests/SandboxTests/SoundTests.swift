import SDP
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// Sound, as the carrier describes it (A7).
struct SoundTests {
    @Test("A7: what the agent is offered: the carrier's name and address, ptime, the port of RTCP, codecs as they came")
    func offer() throws {
        var desk = Desk()
        let found = desk.phoneCalls()
        let invite = try #require(found)
        let session = try SessionDescription(parsing: invite.body)
        #expect(session.origin.username == "Telnyx" && session.sessionName == "Telnyx")
        #expect(session.connection?.address == "198.51.100.10")
        let media = try #require(session.media.first)
        #expect(media.formats == ["0", "8", "101"] && media.transport == "RTP/AVP")
        #expect(media.attributes.value("ptime") == "20" && media.attributes.value("rtcp") == "\(media.port + 1)")
        // The sound goes where the descriptions say, each side's to the other.
        desk.hear(Desk.answer(200, to: invite, from: Desk.agentWire, body: Desk.offer(port: 30_000)))
        #expect(desk.orders.contains(.aim(.caller, TransportAddress(ip: .v4(0xC000_0214), port: 31_000))))
        #expect(desk.orders.contains(.aim(.callee, TransportAddress(ip: .v4(0xC000_020A), port: 30_000))))
        #expect(desk.orders.contains(.agentSide(.callee)))
    }

    @Test(
        "A7: Opus is named over TCP alone",
        arguments: [(TransportProtocol.udp, ["9", "0"]), (.tcp, ["107", "9", "0"])])
    func opus(transport: TransportProtocol, formats: [String]) throws {
        var desk = Desk()
        let wire = SandboxWire(transport, remote: Desk.agentWire.remote, connection: transport == .tcp ? 1 : 0)
        desk.register("agent", from: wire)
        desk.register("mobile")
        desk.call(
            "+12025550131", by: "mobile", call: "in",
            body: Desk.offer(codecs: [(107, "opus/48000/2"), (9, "G722/8000"), (0, "PCMU/8000"), (97, "iLBC/8000")]))
        let invite = try #require(desk.request(.invite, to: wire))
        #expect(try SessionDescription(parsing: invite.body).media.first?.formats == formats)
    }

    @Test(
        "A7: refused with 488: IPv6, SRTP (B3), no description, no codec that it has",
        arguments: [
            (Desk.offer(host: "2001:db8::1"), "Not Acceptable Here"),
            (Desk.offer(transport: "RTP/SAVP"), "SRTP mismatch B3"), ("", "Not Acceptable Here"),
            (Desk.offer(codecs: [(97, "iLBC/8000")]), "Not Acceptable Here"),
        ])
    func refused(offer: String, reason: String) {
        var desk = Desk()
        let answer = desk.call("+12025550101", body: offer).final
        #expect(answer?.status == 488 && answer?.reason == reason)
    }

    @Test("Early sound comes in 183, and the answer repeats it: same version of o=")
    func early() throws {
        var desk = Desk()
        desk.call("+12025550102")
        desk.pass(.milliseconds(300))
        let early = try #require(desk.response(to: Desk.agentWire))
        #expect(early.status == 183)
        #expect(desk.orders.last == .play(.tone, payloadType: 0))
        desk.pass(.seconds(2))
        let answer = try #require(desk.response(to: Desk.agentWire))
        #expect(answer.status == 200 && answer.body == early.body)
        #expect(try SessionDescription(parsing: answer.body).media.first?.formats == ["0", "101"])
    }

    @Test("Of G.711, a number that answers by itself takes the law that is offered first")
    func law() throws {
        var desk = Desk()
        desk.call("+12025550101", body: Desk.offer(codecs: [(9, "G722/8000"), (8, "PCMA/8000"), (0, "PCMU/8000")]))
        desk.pass(.milliseconds(1_300))
        let answer = try #require(desk.response(to: Desk.agentWire))
        #expect(try SessionDescription(parsing: answer.body).media.first?.formats == ["8"])
        #expect(desk.orders.last == .play(.echo, payloadType: 8))
    }
}
