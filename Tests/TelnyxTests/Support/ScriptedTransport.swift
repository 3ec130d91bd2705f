import Synchronization
import TelephonyPrimitives

@testable import Telnyx

/// Answers as it was told to, and keeps what was sent.
final class ScriptedTransport: TelnyxTransport {
    typealias Step = Result<TelnyxAnswer, TransportFailure>

    private let state: Mutex<(steps: [Step], sent: [(request: TelnyxRequest, limit: Duration)])>

    init(_ steps: [Step]) {
        state = Mutex((steps, []))
    }

    var sent: [(request: TelnyxRequest, limit: Duration)] { state.withLock { $0.sent } }

    func send(_ request: TelnyxRequest, key: Secret, limit: Duration) async throws(TransportFailure) -> TelnyxAnswer {
        let step: Step = state.withLock { state in
            state.sent.append((request, limit))
            return state.steps.isEmpty ? .failure(.silent("The script is over.")) : state.steps.removeFirst()
        }
        return try step.get()
    }
}

extension Result<TelnyxAnswer, TransportFailure> {
    static func answer(_ status: Int, _ body: String = #"{"data":{"result":"ok"}}"#, _ headers: [String: String] = [:])
        -> ScriptedTransport.Step
    {
        .success(TelnyxAnswer(status: status, headers: headers, body: Array(body.utf8)))
    }
}

/// Keeps how long was waited, and waits no time.
final class NoSleep: Sendable {
    private let state = Mutex<[Duration]>([])
    var waits: [Duration] { state.withLock { $0 } }
    func callAsFunction(_ duration: Duration) { state.withLock { $0.append(duration) } }
}

func client(_ steps: [ScriptedTransport.Step]) -> (TelnyxClient, ScriptedTransport, NoSleep) {
    let transport = ScriptedTransport(steps)
    let sleep = NoSleep()
    return (
        TelnyxClient(key: Secret("KEY0123planted"), transport: transport, sleep: { sleep($0) }), transport, sleep
    )
}
