import SIPNIO

@main
struct AnswerCalls {
    static func main() async throws {
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 5060)])
        for await call in agent.calls {
            await call.reject(status: 486)
        }
    }
}
