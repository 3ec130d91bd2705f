import SDP
import SIPCore
import SIPNIO
import TelephonyPrimitives

/// Answers every call, and says when it has ended.
@main
struct AnswerCalls {
    static func main() async throws {
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 5060)])
        await withDiscardingTaskGroup { calls in  // a task per call
            for await call in agent.calls {
                calls.addTask { await take(call) }
            }
        }
    }

    static func take(_ call: SIPSession) async {
        guard let offer = call.invite?.body, let answer = answer(to: offer) else {
            await call.reject(status: 488)
            return
        }
        await call.ring()
        await call.answer(answer)
        print("answered \(call.id)")
        print("\(call.id) is over: \(await call.ended().reason)")
    }

    /// Takes sound with PCMU at port 40000 of this machine.
    static func answer(to offer: [UInt8]) -> Body? {
        var exchange = AudioOfferAnswer(
            sessionID: .random(in: 0 ... .max), local: TransportAddress(ip: .loopbackV4, port: 40_000),
            capabilities: AudioCapabilities(codecs: [.pcmu]))
        guard let description = try? SessionDescription(parsing: offer),
            let (answer, _) = try? exchange.receiveOffer(description)
        else { return nil }
        return Body(contentType: "application/sdp", octets: answer.serialized)
    }
}
