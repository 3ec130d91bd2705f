import SIPNIO

@main
struct PlaceCall {
    static func main() async throws {
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 0)])
        let call = try await agent.invite("sip:x@127.0.0.1", from: "Alice <sip:alice@example.com>", offer: nil)
        do {
            let answer = try await call.answered()
            print("answered with \(answer.status) \(answer.reason)")
        } catch {
            print("not answered: \(error)")
        }
        await agent.close()
    }
}
