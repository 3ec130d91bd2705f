import SDP
import SIPCore
import SIPNIO
import TelephonyPrimitives

/// Calls the SIP URI that is given, and hangs up as soon as it was answered.
@main
struct PlaceCall {
    static func main() async throws {
        guard let target = CommandLine.arguments.dropFirst().first else {
            print("usage: PlaceCall sip:bob@192.0.2.1")
            return
        }
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 0)])
        let call = try await agent.invite(target, from: "Alice <sip:alice@example.com>", offer: offer())
        do {
            let answer = try await call.answered()
            print("answered with \(answer.status) \(answer.reason)")
            await call.hangUp()
        } catch {
            print("not answered: \(error)")
        }
        print(await call.ended().reason)
        await agent.close()
    }

    /// Offers sound with PCMU at port 40000 of this machine.
    static func offer() -> Body {
        var exchange = AudioOfferAnswer(
            sessionID: .random(in: 0 ... .max), local: TransportAddress(ip: .loopbackV4, port: 40_000),
            capabilities: AudioCapabilities(codecs: [.pcmu]))
        return Body(contentType: "application/sdp", octets: exchange.makeOffer().serialized)
    }
}
