import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("What is wrong with an account at Telnyx")
struct AccountReviewTests {
    private func review(_ collections: [String: [JSONValue]]) async throws -> [AccountReview.Finding] {
        let client = TelnyxClient(key: Secret("KEY0123"), transport: AccountDouble(collections), sleep: { _ in })
        return AccountReview(try await client.account()).findings
    }

    @Test("An account in order is shown, and nothing of it is wrong")
    func fine() async throws {
        let findings = try await review(SetupPlanTests.complete(SetupPlanTests.application()))
        #expect(findings.allSatisfy { $0.verdict == .fine && $0.fix == nil }, "\(findings)")
        #expect(findings.map(\.subject) == ["application 'trunkline'", "profile 'trunkline'", "number +12025550131"])
        #expect(
            findings[0].text.contains(SetupPlanTests.webhook) && findings[2].text.contains("application 'trunkline'"))
        #expect(findings[1].text == "Calls go to US CA, at most 10 at once, at most $20.00 a day.")
    }

    /// An account whose number is a TeXML application's.
    private static func document(_ change: [String: JSONValue]) -> [String: [JSONValue]] {
        let application: [String: JSONValue] = [
            "id": "31", "friendly_name": "documents", "active": true, "voice_method": "post",
            "voice_url": "https://agent.example/telnyx/texml",
        ]
        return [
            "texml_applications": [.object(application.merging(change) { $1 })],
            "phone_numbers": [SetupPlanTests.number("31")],
        ]
    }

    @Test("A TeXML application in order is shown as one")
    func documents() async throws {
        let findings = try await review(Self.document([:]))
        #expect(findings.allSatisfy { $0.verdict == .fine && $0.fix == nil }, "\(findings)")
        #expect(findings.first?.text == "It is active, it asks for documents at https://agent.example/telnyx/texml.")
        #expect(findings.last?.text == "Its calls come to TeXML application 'documents'.")
    }

    /// The account, with what is wrong in it, and what is said of it.
    static let rows: [([String: [JSONValue]], AccountReview.Verdict, String, String)] = [
        ([:], .failure, "no application and no SIP connection", "telnyx setup"),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["active": false])), .failure, "not active", "--apply"
        ), (document(["voice_url": .null]), .failure, "no voice URL", "/telnyx/texml"),
        (document(["voice_url": "http://agent.example/t"]), .failure, "not https", "https://"),
        (document(["voice_url": "http://127.0.0.1:8080/t"]), .warning, "not https", "https://"),
        (document(["voice_method": "get"]), .warning, "by GET", "POST"),
        (document(["active": false]), .failure, "not active", "Switch it on"),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["webhook_event_url": .null])), .failure,
            "no webhook URL", "--webhook"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["webhook_event_url": "http://agent.example/t"])),
            .failure, "not https", "--webhook"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["webhook_event_url": "http://127.0.0.1:8080/t"])),
            .warning, "only a sandbox", "--webhook"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["webhook_api_version": "1"])), .failure, "API v1",
            "--webhook"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application(["outbound": [:]])), .warning, "403 D38", "assigns one"
        ),
        (
            SetupPlanTests.complete(
                SetupPlanTests.application(), ["id": "12", "name": "off", "enabled": false]), .failure,
            "'off' is switched off", "enable the profile"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application(), ["id": "12", "name": "none"]), .warning,
            "allows no country", "--destination"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application()).merging([
                "phone_numbers": [SetupPlanTests.number(.null)]
            ]) { $1 }, .failure, "no connection", "--number +12025550131"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application()).merging([
                "phone_numbers": [SetupPlanTests.number("149", ["status": "purchase-pending"])]
            ]) { $1 }, .warning, "purchase-pending", "order"
        ),
        (
            SetupPlanTests.complete(SetupPlanTests.application()).merging(["phone_numbers": []]) { $1 }, .warning,
            "nobody can call", "Buy one"
        ),
        (
            ["ip_connections": [["id": "9", "connection_name": "office"]], "ips": []], .failure, "no address",
            "--auth ip --address"
        ),
    ]

    @Test("Each fault is named with its fix", arguments: rows.indices)
    func faults(index: Int) async throws {
        let (account, verdict, text, fix) = Self.rows[index]
        let findings = try await review(account)
        let fault = try #require(findings.first { $0.text.contains(text) }, "\(findings)")
        #expect(fault.verdict == verdict && fault.fix?.contains(fix) == true, "\(fault)")
    }

    @Test("An old application to which no number leads is a warning, not a failure")
    func unused() async throws {
        var account = SetupPlanTests.complete(SetupPlanTests.application())
        account["call_control_applications"]?.append(
            SetupPlanTests.application(["id": "1", "application_name": "old", "webhook_api_version": "1"]))
        let old = try await review(account).filter { $0.subject == "application 'old'" }
        #expect(old.map(\.verdict) == [.warning])
    }
}
