import ProviderDoubles
import TelephonyPrimitives
import Telnyx
import Testing

@testable import Doctor

/// An account at Telnyx over HTTP, and a webhook URL that is reached.
@Suite("The doctor looks at an account", .timeLimit(.minutes(1)))
struct CallControlTests {
    private func account(_ webhook: String) -> @Sendable (HTTPDouble.Request) -> HTTPDouble.Answer {
        { request in
            func answer(_ body: String, _ status: Int = 200) -> HTTPDouble.Answer {
                HTTPDouble.Answer(status: status, steps: [.send(Array(body.utf8))])
            }
            if request.path == "/hook" { return answer("", 401) }
            guard request.headers["authorization"] == "Bearer KEY0123" else { return answer("{}", 401) }
            if request.path.hasPrefix("/v2/call_control_applications") {
                return answer(
                    #"{"data":[{"id":"149","application_name":"agent","webhook_event_url":""# + webhook
                        + #"","webhook_api_version":"2"}]}"#)
            }
            if request.path.hasPrefix("/v2/phone_numbers") {
                return answer(#"{"data":[{"id":"7","phone_number":"+12025550131","connection_id":"149"}]}"#)
            }
            return answer(#"{"data":[]}"#)
        }
    }

    @Test("Key, account, public key and webhook URL are looked at, and a wrong key is named")
    func account() async throws {
        let hook = try await HTTPDouble(answer: account(""))
        let telnyx = try await HTTPDouble(answer: account(hook.url + "/hook"))
        func look(_ key: String, publicKeys: [String] = []) async -> [CheckResult] {
            let client = TelnyxClient(
                key: Secret(key), transport: HTTPTransport(base: telnyx.url + "/v2"), sleep: { _ in })
            let question = CallControlQuestion(
                client: client, keyPlace: "the variable TELNYX_API_KEY", publicKeys: publicKeys)
            return await CallControlCheck(question).look()
        }
        let results = await look("KEY0123")
        let findings = results.map(\.finding).joined(separator: "\n")
        for text in [
            "takes the API key of the variable TELNYX_API_KEY", "only a sandbox", "403 D38",
            "come to application 'agent'",
            "Public key: not checked", "/hook is reached from here, and refuses what is not signed (401)",
        ] { #expect(findings.contains(text), "\(text) in \(findings)") }
        let wrong = await look("KEY9999planted")
        #expect(wrong.map(\.verdict) == [.failure] && wrong[0].finding.contains("Check the API key"), "\(wrong)")
        #expect(!wrong[0].text.contains("planted"))
        let odd = await look("KEY0123", publicKeys: ["no key"])
        #expect(odd.contains { $0.verdict == .failure && $0.finding.contains("public key can't be used") }, "\(odd)")
        await telnyx.stop()
        await hook.stop()
    }
}
