import Telephony

/// Answers every call and plays back what the caller says.
@main
struct EchoServer {
    static func main() async throws {
        let endpoint = try await Endpoint(configuration: .init(listen: [.udp("127.0.0.1", 5060)]))
        await endpoint.serve { invitation in  // a task per call; leaving it refuses the call
            try await invitation.answer { call in  // the call is up; leaving the closure hangs up
                for await frame in call.audio {  // 20 ms of PCM, until the caller hangs up
                    try await call.play(frame)
                }
            }
        }
    }
}
