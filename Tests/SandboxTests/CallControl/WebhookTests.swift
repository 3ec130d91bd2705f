import Crypto
import Foundation
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// Webhooks (B3), and what goes wrong with them on purpose.
struct WebhookTests {
    private static let key = SandboxCallControl.publicKey(of: CallControlSettings())

    private func isSigned(_ delivery: WebhookDelivery) throws -> Bool {
        let octets = try #require(Data(base64Encoded: Self.key))
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: octets)
        let time = try #require(delivery.headers["telnyx-timestamp"])
        let signature = try #require(
            delivery.headers["telnyx-signature-ed25519"].flatMap { Data(base64Encoded: $0) })
        return key.isValidSignature(signature, for: Array("\(time)|".utf8) + delivery.body)
    }

    @Test("B3: the envelope, its time and its signature; the published key")
    func envelope() throws {
        #expect(Self.key == "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
        var desk = Desk.controlled()
        desk.pass(.seconds(60))
        desk.phoneCallsApplication(more: "X-Tenant: harbour\n")
        let delivery = try #require(desk.api.posts.first)
        #expect(try isSigned(delivery))
        #expect(delivery.url == "http://agent.example/hook" && delivery.attempt == 1)
        #expect(delivery.headers["telnyx-timestamp"] == "1767323105")
        let body = try JSONValue(parsing: delivery.body)
        #expect(body["meta"] == ["attempt": 1, "delivered_to": "http://agent.example/hook"])
        let data = try #require(body["data"])
        #expect(data["record_type"] == "event" && data["event_type"] == "call.initiated")
        #expect(data["occurred_at"] == "2026-01-02T03:05:05.678901Z" && data["id"]?.string?.count == 36)
        let payload = try #require(data["payload"])
        for (name, value) in [
            "from": "+12025550133", "to": "+12025550131", "direction": "incoming", "state": "parked",
            "connection_id": CallControlSettings.applicationID, "offered_codecs": "PCMU,PCMA",
        ] {
            #expect(payload[name]?.string == value, "\(name)")
        }
        #expect(payload["client_state"] == .null)
        #expect(payload["custom_headers"]?.array?.contains(["name": "X-Tenant", "value": "harbour"]) == true)
        #expect(payload["call_control_id"]?.string?.hasPrefix("v3:") == true)
    }

    @Test("B3: no answer and 503 come again, 400 does not; then the failover address; each attempt has its number")
    func again() {
        var desk = Desk.controlled { $0.callControl?.failoverURL = "http://spare.example/hook" }
        desk.api.answersWebhooks = 503
        desk.phoneCallsApplication()
        desk.pass(.seconds(10))
        let tries = desk.api.posts.map { "\($0.attempt) \($0.url.dropFirst(7).prefix(5))" }
        #expect(tries == ["1 agent", "2 agent", "3 agent", "4 spare", "5 spare", "6 spare"])
        #expect(desk.remarks.last?.contains("nobody has taken the webhook call.initiated: 503") == true)

        desk = Desk.controlled()
        desk.api.answersWebhooks = 400
        desk.phoneCallsApplication()
        desk.pass(.seconds(10))
        #expect(desk.api.posts.count == 1)
    }

    @Test("Webhooks go where one call wants them")
    func overridden() {
        var desk = Desk.controlled()
        desk.phoneCallsApplication()
        desk.command(
            "answer",
            [
                "webhook_url": "http://one.example/w",
                "webhook_urls": ["call.hangup": ["http://two.example/w"]],
            ])
        desk.command("hangup")
        #expect(
            desk.api.posts.map(\.url) == [
                "http://agent.example/hook", "http://one.example/w", "http://two.example/w",
            ])
    }

    /// The events of a call that is answered and hung up after two seconds, with when they were posted.
    private func events(_ fault: SandboxFault) -> (desk: Desk, events: [String]) {
        var desk = Desk.controlled { $0.fault = fault }
        desk.phoneCallsApplication()
        desk.pass(.seconds(5))
        desk.command("answer", ["stream_url": "ws://agent.example/s"])
        if let stream = desk.api.opened.last { desk.take(.control(.streamOpened(stream.number))) }
        desk.pass(.seconds(2))
        desk.command("hangup")
        desk.pass(.seconds(5))
        return (desk, desk.api.events)
    }

    private static let all = [
        "call.initiated", "call.answered", "streaming.started", "streaming.stopped", "call.hangup",
    ]

    @Test("webhook-twice: each comes twice with the same id; webhook-lost: the end is not told")
    func copies() {
        let (desk, twice) = events(.webhookTwice)
        #expect(
            Dictionary(grouping: twice) { $0 }.mapValues(\.count)
                == Dictionary(uniqueKeysWithValues: Self.all.map { ($0, 2) }))
        let ids = desk.api.posts.compactMap { (try? JSONValue(parsing: $0.body))?["data"]?["id"]?.string }
        #expect(Set(ids).count == Self.all.count)
        #expect(events(.webhookLost).events == Array(Self.all.dropLast()))
    }

    @Test("webhook-out-of-order: what happened later comes first; webhook-late: four seconds late")
    func late() {
        #expect(
            events(.webhookOutOfOrder).events == [
                "call.initiated", "streaming.started", "call.answered", "call.hangup", "streaming.stopped",
            ])
        var desk = Desk.controlled { $0.fault = .webhookLate }
        desk.phoneCallsApplication()
        desk.pass(.milliseconds(3_999))
        #expect(desk.api.events.isEmpty)
        desk.pass(.milliseconds(1))
        #expect(desk.api.events == ["call.initiated"])
    }

    @Test("webhook-unsigned, webhook-forged, clock-off")
    func signatures() throws {
        #expect(events(.webhookUnsigned).desk.api.posts.allSatisfy { $0.headers["telnyx-signature-ed25519"] == nil })
        let forged = events(.webhookForged).desk.api.posts
        #expect(try forged.allSatisfy { try !isSigned($0) })
        let slow = try #require(events(.clockOff).desk.api.posts.first)
        #expect(try isSigned(slow))
        #expect(slow.headers["telnyx-timestamp"] == "1767322445")
    }

    @Test("rest-503: asked again it works; rest-429: after a second it works, and the header says so")
    func refusedCommands() {
        for (fault, status) in [(SandboxFault.rest503, 503), (.rest429, 429)] {
            var desk = Desk.controlled { $0.fault = fault }
            desk.phoneCallsApplication()
            let first = desk.command("answer", ["command_id": "1"])
            #expect(first.status == status)
            if fault == .rest429 {
                #expect(first.headers["x-ratelimit-reset"] == "1")
                #expect(first.body["errors"]?.array?.first?["code"] == "10011")
                #expect(desk.command("answer", ["command_id": "1"]).status == 429)
                desk.pass(.seconds(1))
            }
            #expect(desk.command("answer", ["command_id": "1"]).status == 200)
            #expect(desk.response(to: Desk.phoneWire)?.status == 200)
        }
    }

    @Test("stream-cut: the connection breaks five seconds after it was opened")
    func cut() {
        var desk = Desk.controlled { $0.fault = .streamCut }
        _ = desk.phoneTalksToApplication()
        desk.pass(.milliseconds(4_999))
        #expect(desk.api.cut.isEmpty)
        desk.pass(.milliseconds(1))
        #expect(desk.api.cut.count == 1 && desk.api.events.last == "streaming.failed")
        // It may be started again.
        #expect(desk.command("streaming_start", ["stream_url": "ws://agent.example/s"]).status == 200)
        #expect(desk.api.opened.count == 2)
    }
}
