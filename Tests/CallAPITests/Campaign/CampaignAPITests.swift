import Agent
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import CallAPI

/// Campaigns and the do-not-call list over the API and in the database.
struct CampaignAPITests {
    @Test("A campaign is begun, shown, paused, resumed and cancelled; a number counts once")
    func life() async throws {
        let desk = try Desk()
        let whole = await desk.ask(
            "POST", "/v1/campaigns",
            """
            {"name": "Recall", "targets": [{"to": "+4930 100", "variables": {"name": "Ada"}}, {"to": "+4930100"},
            {"to": "+4930200", "timezone": "Europe/Berlin", "priority": 3}], "limits": {"per_minute": 30, "spend": 5000000}}
            """)
        #expect(whole.status == 201 && whole.json["added"]?.integer == 2 && whole.json["duplicates"]?.integer == 1)
        let id = try #require(whole.json["id"]?.string)
        let shown = await desk.ask("GET", "/v1/campaigns/\(id)").json
        #expect(shown["state"] == "running" && shown["progress"]?["waiting"]?.integer == 2)
        #expect(shown["limits"]?["perMinute"]?.integer == 30 && shown["limits"]?["spend"]?.integer == 5_000_000)
        #expect(await desk.ask("POST", "/v1/campaigns/\(id)/pause").json["state"] == "paused")
        #expect(await desk.ask("GET", "/v1/campaigns?state=running").json["campaigns"]?.array?.isEmpty == true)
        #expect(await desk.ask("POST", "/v1/campaigns/\(id)/resume").json["state"] == "running")
        let cancelled = await desk.ask("POST", "/v1/campaigns/\(id)/cancel").json
        #expect(cancelled["state"] == "cancelled" && cancelled["progress"]?["outcomes"]?["cancelled"]?.integer == 2)
        #expect(await desk.ask("POST", "/v1/campaigns/\(id)/resume").code == "campaign_over")
        #expect(await desk.ask("GET", "/v1/campaigns/0000-1").status == 404)
    }

    @Test(
        "What a campaign can't be is said",
        arguments: [
            (#"{"name": "x", "targets": []}"#, "bad_member"), (#"{"targets": [{"to": "+4930100"}]}"#, "missing_member"),
            (#"{"name": "x", "targets": [{"to": "+19005550100"}]}"#, "destination_not_allowed"),
            (#"{"name": "x", "targets": [{"to": "+4930100", "timezone": "../x"}]}"#, "no_such_zone"),
            (#"{"name": "x", "targets": [{"to": "+4930100"}], "limits": {"per_minute": 0}}"#, "bad_member"),
            (#"{"name": "x", "targets": [{"to": "+4930100"}], "limits": {"speed": 1}}"#, "unknown_member"),
            (#"{"name": "x", "targets": [{"to": "+4930100", "priority": 1.5}]}"#, "bad_member"),
        ])
    func wrong(body: String, code: String) async throws {
        let desk = try Desk()
        #expect(await desk.ask("POST", "/v1/campaigns", body).code == code)
    }

    @Test("T-17 Whoever is on the do-not-call list is not called, whoever asks")
    func doNotCall() async throws {
        let desk = try Desk()
        let added = await desk.ask("POST", "/v1/do-not-call", #"{"numbers": ["+49 (30) 123", "sip:Ada@EXAMPLE.com"]}"#)
        #expect(added.json["added"]?.integer == 2)
        for to in ["+4930123", "tel:+49-30-123", "sip:Ada@example.com"] {
            let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"\(to)\"}", headers: [("Idempotency-Key", "k")])
            #expect(answer.status == 403 && answer.code == "do_not_call", "\(to)")
        }
        #expect(desk.line.orders.withLock { $0.isEmpty })
        #expect(
            await desk.ask("GET", "/v1/do-not-call").json["numbers"]?.array?.compactMap(\.string) == [
                "+4930123", "sip:Ada@example.com",
            ])
        #expect(await desk.ask("DELETE", "/v1/do-not-call?number=%2B4930123").status == 204)
        #expect(await desk.ask("DELETE", "/v1/do-not-call?number=%2B4930123").status == 404)
        #expect(await desk.ask("POST", "/v1/calls", #"{"to": "+4930123"}"#).status == 202)
    }

    @Test("T-17 A list that can't be read lets nobody be called")
    func unreadable() async throws {
        let desk = try Desk()
        await desk.store.close()
        #expect(await desk.ask("POST", "/v1/calls", #"{"to": "+4930123"}"#).code == "database")
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }

    @Test("An attempt is begun once, whoever tries; what was interrupted is not called again")
    func attempts() async throws {
        let desk = try Desk()
        let campaign = StoredCampaign(id: "c", name: "c", createdAt: 1)
        #expect(
            try await desk.store.add(campaign, targets: [CampaignTarget(to: "+49301"), CampaignTarget(to: "+49301")])
                == 1)
        let target = try #require(try await desk.store.targets(ofCampaign: "c").first)
        #expect(try await desk.store.beginAttempt(target.number, ofCampaign: "c", as: CallIdentifier("1"), at: 5))
        #expect(try await !desk.store.beginAttempt(target.number, ofCampaign: "c", as: CallIdentifier("2"), at: 6))
        // Ours is alive: nothing was interrupted.
        try await desk.store.markInterruptedAttempts()
        #expect(try await desk.store.progress(ofCampaign: "c").calling == 1)
        try await desk.store.endAttempt(target.number, as: CallIdentifier("1"), .busy, cost: 7, due: 9)
        let again = try #require(try await desk.store.targets(ofCampaign: "c", .waiting).first)
        #expect(again.attempts == 1 && again.dueAt == 9 && again.outcome == .busy)
        let history = try await desk.store.history(ofCampaign: "c", since: 0)
        #expect(history.placed == [5] && history.spent == 7)
        _ = try await desk.store.set(.paused, ofCampaign: "c")
        #expect(try await !desk.store.beginAttempt(target.number, ofCampaign: "c", as: CallIdentifier("3"), at: 10))
        _ = try await desk.store.set(.running, ofCampaign: "c")
        // A call that is up when its campaign is cancelled is its last.
        #expect(try await desk.store.beginAttempt(target.number, ofCampaign: "c", as: CallIdentifier("4"), at: 11))
        _ = try await desk.store.set(.cancelled, ofCampaign: "c")
        try await desk.store.endAttempt(target.number, as: CallIdentifier("4"), .busy, cost: 0, due: 99)
        #expect(try await desk.store.progress(ofCampaign: "c").outcomes == ["busy": 1])
    }
}
