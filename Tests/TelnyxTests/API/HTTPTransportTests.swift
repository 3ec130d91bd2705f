import ProviderDoubles
import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Telnyx's API over HTTP", .timeLimit(.minutes(1)))
struct HTTPTransportTests {
    @Test("A command comes to the server with its key, its path and its body, and once more when the answer was lost")
    func sent() async throws {
        let state = LostOnce()
        let server = try await HTTPDouble { _ in
            state.isFirst()
                ? HTTPDouble.Answer(steps: [.hang])
                : HTTPDouble.Answer(
                    headers: [("x-ratelimit-remaining", "7")], steps: [.send(Array(#"{"data":{"result":"ok"}}"#.utf8))])
        }
        var retries = RetryRule()
        retries.commandSilence = .milliseconds(100)
        let telnyx = TelnyxClient(
            key: Secret("KEY0123planted"), transport: HTTPTransport(base: server.url + "/v2/"), retries: retries)
        let answer = try await telnyx.run(SpeakCommand("Zoë", voice: "male"), on: "v3:a/b")
        #expect(answer["result"]?.string == "ok" && telnyx.rateLimit?.remaining == 7)
        let requests = server.requests
        #expect(requests.count >= 2)
        for request in requests {
            #expect(request.method == "POST" && request.path == "/v2/calls/v3%3Aa%2Fb/actions/speak")
            #expect(request.headers["authorization"] == "Bearer KEY0123planted")
            #expect(request.headers["content-type"] == "application/json")
            #expect(try JSONValue(parsing: request.body)["payload"]?.string == "Zoë")
            #expect(request.body == requests[0].body)
        }
        await server.stop()
    }

    @Test("A server that is not there was certainly not reached, and the key is in no message")
    func unreachable() async throws {
        let server = try await HTTPDouble { _ in HTTPDouble.Answer(steps: []) }
        await server.stop()
        let failure = await #expect(throws: TransportFailure.self) {
            try await HTTPTransport(base: server.url).send(
                TelnyxRequest(.get, ["calls", "x"], repeatability: .always), key: Secret("KEY0123planted"),
                limit: .seconds(5))
        }
        guard case .notConnected(let reason)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(!reason.contains("planted"))
        let odd = await #expect(throws: TransportFailure.self) {
            try await HTTPTransport(base: "telnet://x").send(
                TelnyxRequest(.get, ["calls"], repeatability: .always), key: Secret("k"), limit: .seconds(5))
        }
        guard case .notConnected? = odd else {
            Issue.record("\(String(describing: odd))")
            return
        }
    }
}
