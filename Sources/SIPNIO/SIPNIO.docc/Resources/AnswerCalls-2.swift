import SIPNIO

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
        await call.ring()
        await call.reject(status: 486)
    }
}
