import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("What an account has set up")
struct ResourceTests {
    @Test("A Call Control application is made, read, changed and deleted")
    func application() async throws {
        let json = #"""
            {"data":{"id":"149","record_type":"call_control_application","application_name":"agent","active":true,
            "webhook_event_url":"https://agent.example/t","webhook_event_failover_url":null,"webhook_api_version":"2",
            "outbound":{"channel_limit":10,"outbound_voice_profile_id":"12"}}}
            """#
        let (telnyx, transport, _) = client([
            .answer(201, json), .answer(200, json), .answer(200, json), .answer(204, ""),
        ])
        var draft = CallControlApplication.Draft(name: "agent", webhookURL: "https://agent.example/t")
        draft.further.outboundProfileID = "12"
        draft.further.webhookTimeout = .seconds(5)
        draft.further.tellsCosts = true
        let made = try await telnyx.callControlApplications.create(draft)
        #expect(made.id == "149" && made.name == "agent" && made.outboundProfileID == "12" && made.failoverURL == nil)
        var changes = CallControlApplication.Changes()
        changes.isActive = false
        _ = try await telnyx.callControlApplications.update("149", changes)
        _ = try await telnyx.callControlApplications.get("149")
        try await telnyx.callControlApplications.delete("149")
        let sent = transport.sent.map(\.request)
        let body = #"""
            {"application_name":"agent","webhook_event_url":"https://agent.example/t","webhook_api_version":"2",
            "outbound":{"outbound_voice_profile_id":"12"},"webhook_timeout_secs":5,"call_cost_in_webhooks":true}
            """#
        let expected = try JSONValue(parsing: body.utf8)
        #expect(sent[0].body == expected)
        #expect(sent[1].body == ["active": false])
        #expect(sent.map(\.method) == [.post, .patch, .get, .delete])
        #expect(sent.map(\.path).dropFirst().allSatisfy { $0 == "/call_control_applications/149" })
        #expect(sent.map(\.repeatability) == [.never, .always, .always, .always])
    }

    @Test("A number is assigned to an application, a profile and connections are read, and passwords do not show")
    func others() async throws {
        let (telnyx, transport, _) = client([
            .answer(200, #"{"data":{"id":"7","phone_number":"+12025550131","status":"active","connection_id":"149"}}"#),
            .answer(
                200,
                #"{"data":{"id":12,"name":"out","enabled":true,"concurrent_call_limit":10,"whitelisted_destinations":["US"],"daily_spend_limit":"100.00"}}"#
            ),
            .answer(
                200,
                #"{"data":{"id":"3","connection_name":"trunk","user_name":"harbour","password":"planted99","active":true}}"#
            ),
            .answer(
                200,
                #"{"data":{"id":"4","name":"web","sip_username":"gencred1","sip_password":"planted99","expired":false}}"#
            ),
            .answer(201, "eyJhbGci.planted\n"),
            .answer(200, #"{"data":{"status":"registered"}}"#),
        ])
        let number = try await telnyx.phoneNumbers.update("7", PhoneNumber.Changes(connectionID: "149"))
        #expect(number.number == "+12025550131" && number.connectionID == "149")
        #expect(transport.sent[0].request.body == ["connection_id": "149"])
        let profile = try await telnyx.outboundVoiceProfiles.get("12")
        #expect(profile.id == "12" && profile.concurrentCallLimit == 10 && profile.destinations == ["US"])
        let trunk = try await telnyx.credentialConnections.get("3")
        let credential = try await telnyx.telephonyCredentials.get("4")
        let token = try await telnyx.telephonyCredentials.token("4")
        #expect(token.value == "eyJhbGci.planted" && credential.password?.value == "planted99")
        #expect(!"\(trunk) \(credential) \(token)".contains("planted"))
        #expect(trunk.username == "harbour" && trunk.isActive)
        #expect(try await telnyx.credentialConnections.registrationStatus("3")["status"]?.string == "registered")
    }

    @Test("What Telnyx would refuse is not sent")
    func refused() async {
        let (telnyx, transport, _) = client([])
        var changes = CredentialConnection.Changes()
        for name in ["abc", "1234567", "with space", String(repeating: "a", count: 33)] {
            changes.username = name
            await #expect(throws: TelnyxError.self) { try await telnyx.credentialConnections.update("3", changes) }
        }
        await #expect(throws: TelnyxError.self) {
            try await telnyx.credentialConnections.create(
                CredentialConnection.Draft(name: "t", username: "harbour", password: Secret("short")))
        }
        await #expect(throws: TelnyxError.self) { try await telnyx.phoneNumbers.get("") }
        await #expect(throws: TelnyxError.self) {
            try await telnyx.callControlApplications.create(.init(name: "", webhookURL: "https://a"))
        }
        #expect(transport.sent.isEmpty)
    }
}
