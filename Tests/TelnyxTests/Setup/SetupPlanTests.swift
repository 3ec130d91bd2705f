import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("What has to change at Telnyx")
struct SetupPlanTests {
    static let webhook = "https://agent.example/telnyx"

    /// An account, what is wanted, and what that takes.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var account: [String: [JSONValue]]
        var wish: SetupWish
        var changes: [String]
        var obstacles: [String] = []
    }

    static func wish(_ way: SetupWish.Way, _ change: (inout SetupWish) -> Void = { _ in }) -> SetupWish {
        var wish = SetupWish(way)
        change(&wish)
        return wish
    }

    static let profile: JSONValue = [
        "id": "12", "name": "trunkline", "enabled": true, "concurrent_call_limit": 10,
        "whitelisted_destinations": ["US", "CA"], "daily_spend_limit": "20.00",
    ]
    static func application(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            [
                "id": "149", "application_name": "trunkline", "active": true, "webhook_event_url": .string(webhook),
                "webhook_api_version": "2", "outbound": ["outbound_voice_profile_id": "12"],
            ].merging(changes) { $1 })
    }
    static func number(_ connection: JSONValue, _ changes: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            ["id": "7", "phone_number": "+12025550131", "status": "active", "connection_id": connection].merging(
                changes
            ) { $1 })
    }
    static let callControl = wish(.callControl(webhook: webhook)) { $0.numbers = ["+12025550131"] }

    static func complete(_ application: JSONValue, _ profile: JSONValue = profile) -> [String: [JSONValue]] {
        [
            "outbound_voice_profiles": [profile], "call_control_applications": [application],
            "phone_numbers": [number("149")],
        ]
    }

    static let rows: [Row] = [
        Row(
            testDescription: "nothing but a number", account: ["phone_numbers": [number(.null)]], wish: callControl,
            changes: [
                "create outbound voice profile 'trunkline': allow calls to US CA, at most 10 calls at once",
                "create application 'trunkline' with webhook \(webhook), webhooks of API v2, AnchorSite Latency, "
                    + "outbound voice profile 'trunkline'",
                "assign number +12025550131 to application 'trunkline'",
            ]),
        Row(testDescription: "all of it", account: complete(application()), wish: callControl, changes: []),
        Row(
            testDescription: "numbers and flags as texts",
            account: complete(application(["id": 149, "active": "true", "webhook_api_version": 2])),
            wish: callControl, changes: []),
        Row(
            testDescription: "another webhook, of API v1, inactive",
            account: complete(
                application([
                    "webhook_event_url": "http://old.example", "webhook_api_version": "1", "active": false,
                ])),
            wish: callControl,
            changes: [
                "change application 'trunkline': activate it, webhook \(webhook) instead of http://old.example, "
                    + "webhooks of API v2"
            ]),
        Row(
            testDescription: "a profile that is not assigned, or not there any more",
            account: complete(application(["outbound": ["outbound_voice_profile_id": "99"]])), wish: callControl,
            changes: ["change application 'trunkline': outbound voice profile 'trunkline'"]),
        Row(
            testDescription: "a profile that is off, and allows less",
            account: complete(
                application(),
                ["id": "12", "name": "old", "enabled": false, "whitelisted_destinations": ["DE", "US"]]),
            wish: wish(.callControl(webhook: webhook)) {
                $0.destinations = ["US", "CA"]
                $0.calls = 4
                $0.dailySpend = "20"
            },
            changes: [
                "change outbound voice profile 'old': enable it, allow calls to CA, at most 4 calls at once, "
                    + "at most $20 a day"
            ]),
        Row(
            testDescription: "a profile that allows less, and nobody has asked for more",
            account: complete(application(), ["id": "12", "name": "old", "whitelisted_destinations": ["DE"]]),
            wish: callControl, changes: []),
        Row(
            testDescription: "the same sum, written otherwise", account: complete(application()),
            wish: wish(.callControl(webhook: webhook)) { $0.dailySpend = "20" }, changes: []),
        Row(
            testDescription: "a number that goes elsewhere",
            account: complete(application()).merging([
                "phone_numbers": [number("3", ["connection_name": "desk"])]
            ]) { $1 }, wish: callControl,
            changes: ["move number +12025550131 from 'desk' to application 'trunkline'"]),
        Row(
            testDescription: "a number that is not the account's",
            account: complete(application()).merging(["phone_numbers": []]) { $1 }, wish: callControl, changes: [],
            obstacles: ["+12025550131 is none of the account's numbers"]),
        Row(
            testDescription: "an active application before one that is off",
            account: complete(application()).merging([
                "call_control_applications": [application(["id": "148", "active": false]), application()]
            ]) { $1 }, wish: callControl, changes: []),
        Row(
            testDescription: "a trunk without a password", account: ["outbound_voice_profiles": [profile]],
            wish: wish(.credential(username: "acme1", password: nil)), changes: [],
            obstacles: ["TELNYX_PASSWORD"]),
        Row(
            testDescription: "a trunk that is new", account: ["outbound_voice_profiles": [profile]],
            wish: wish(.credential(username: "acme1", password: Secret("planted-password"))),
            changes: [
                "create SIP connection 'trunkline' with user name 'acme1', its password, AnchorSite Latency, "
                    + "outbound voice profile 'trunkline'"
            ]),
        Row(
            testDescription: "a trunk of another name, known by its user name",
            account: [
                "outbound_voice_profiles": [profile],
                "credential_connections": [
                    ["id": "3", "connection_name": "desk", "user_name": "acme1", "active": true]
                ],
            ], wish: wish(.credential(username: "acme1", password: nil)),
            changes: ["change SIP connection 'desk': outbound voice profile 'trunkline'"]),
        Row(
            testDescription: "an IP connection", account: [:],
            wish: wish(.address(.v4(0xCB00_7107), port: 5_060)) { $0.transport = "TLS" },
            changes: [
                "create outbound voice profile 'trunkline': allow calls to US CA, at most 10 calls at once",
                "create IP connection 'trunkline' with TLS, AnchorSite Latency, outbound voice profile 'trunkline'",
                "add 203.0.113.7:5060 to IP connection 'trunkline'",
            ]),
        Row(
            testDescription: "an FQDN connection without its host name",
            account: [
                "outbound_voice_profiles": [profile],
                "fqdn_connections": [
                    ["id": "5", "connection_name": "trunkline", "outbound": ["outbound_voice_profile_id": "12"]]
                ],
                "fqdns": [["id": "1", "connection_id": "4", "fqdn": "sip.example.com"]],
            ], wish: wish(.hostName("sip.example.com", port: nil)),
            changes: ["add sip.example.com to FQDN connection 'trunkline'"]),
    ]

    private func client(_ account: AccountDouble) -> TelnyxClient {
        TelnyxClient(key: Secret("KEY0123planted"), transport: account, sleep: { _ in })
    }

    private func plan(_ account: AccountDouble, _ wish: SetupWish) async throws -> SetupPlan {
        try wish.check()
        return SetupPlan(try await client(account).account(kinds: [wish.kind], numbers: wish.numbers), wish)
    }

    @Test("Each state of an account has its changes", arguments: rows)
    func changes(row: Row) async throws {
        let account = AccountDouble(row.account)
        let plan = try await plan(account, row.wish)
        #expect(plan.changes.map(\.description) == row.changes)
        #expect(plan.obstacles.count == row.obstacles.count)
        for (found, expected) in zip(plan.obstacles, row.obstacles) { #expect(found.contains(expected), "\(found)") }
        #expect(account.changes.isEmpty, "Nothing was said to be made.")
        #expect(!"\(plan)".contains("planted"))
    }

    @Test("Once the changes are made, there is nothing to do", arguments: rows)
    func idempotent(row: Row) async throws {
        let account = AccountDouble(row.account)
        let first = try await plan(account, row.wish)
        let isComplete = await first.carryOut(
            with: client(account), asking: { _ in true },
            telling: { change, outcome in #expect(outcome == .done, "\(change): \(outcome)") })
        #expect(isComplete && account.changes.count == row.changes.count)
        #expect(try await plan(account, row.wish).changes.isEmpty)
    }

    @Test("What is sent has what Telnyx wants, and the identifiers of what was made before")
    func requests() async throws {
        let account = AccountDouble(["phone_numbers": [Self.number(.null)]])
        let plan = try await plan(account, Self.callControl)
        _ = await plan.carryOut(with: client(account), asking: { _ in true }, telling: { _, _ in })
        #expect(account.changes.map(\.method) == [.post, .post, .patch])
        #expect(
            account.changes.map(\.path) == [
                "/outbound_voice_profiles", "/call_control_applications", "/phone_numbers/7",
            ])
        #expect(account.changes.map(\.repeatability) == [.never, .never, .always])
        #expect(
            account.changes[0].body == [
                "name": "trunkline", "whitelisted_destinations": ["US", "CA"], "concurrent_call_limit": 10,
            ])
        #expect(
            account.changes[1].body == [
                "application_name": "trunkline", "webhook_event_url": .string(Self.webhook),
                "webhook_api_version": "2", "anchorsite_override": "Latency",
                "outbound": ["outbound_voice_profile_id": "101"],
            ])
        #expect(account.changes[2].body == ["connection_id": "102"])
    }

    @Test("A change of an application has its name and webhook URL, which Telnyx wants each time")
    func applicationChange() async throws {
        let account = AccountDouble(Self.complete(Self.application(["active": false])))
        let plan = try await plan(account, Self.callControl)
        _ = await plan.carryOut(with: client(account), asking: { _ in true }, telling: { _, _ in })
        #expect(
            account.changes.first?.body == [
                "application_name": "trunkline", "webhook_event_url": .string(Self.webhook), "active": true,
            ])
    }

    @Test("A change that is declined is not made, nor what needs it")
    func declined() async throws {
        let account = AccountDouble(["phone_numbers": [Self.number(.null)]])
        let plan = try await plan(account, Self.callControl)
        var outcomes: [SetupOutcome] = []
        let isComplete = await plan.carryOut(
            with: client(account), asking: { !$0.description.contains("application 'trunkline' with") },
            telling: { outcomes.append($1) })
        #expect(!isComplete && outcomes == [.done, .declined, .impossible])
        #expect(account.changes.count == 1)
    }

    @Test("After a change that Telnyx refuses no other is tried, and the sentence says why")
    func refused() async throws {
        let account = AccountDouble(["phone_numbers": [Self.number(.null)]])
        let body = #"{"errors":[{"code":"10010","title":"Authorization failed","detail":"Not verified."}]}"#
        account.refuse("outbound_voice_profiles", with: TelnyxAnswer(status: 403, body: Array(body.utf8)))
        let plan = try await plan(account, Self.callControl)
        var outcomes: [SetupOutcome] = []
        let isComplete = await plan.carryOut(
            with: client(account), asking: { _ in true }, telling: { outcomes.append($1) })
        #expect(!isComplete && outcomes.count == 1 && account.changes.count == 1)
        guard case .failed(let error)? = outcomes.first else {
            Issue.record("\(outcomes)")
            return
        }
        #expect("\(error)".contains("Not verified.") && "\(error)".contains("the account is verified"), "\(error)")
    }

    @Test(
        "A list that can't be read is named, with a fix",
        arguments: [(401, "Check the API key"), (403, "account is verified"), (429, "again later")])
    func unread(status: Int, fix: String) async throws {
        let account = AccountDouble()
        account.refuse("GET outbound_voice_profiles", with: TelnyxAnswer(status: status))
        let error = await #expect(throws: AccountUnread.self) { try await client(account).account() }
        let text = try #require(error.map { "\($0)" })
        #expect(text.contains("the outbound voice profiles") && text.contains(fix), "\(text)")
        #expect(text.contains("(\(status))") && !text.contains("planted"))
    }

    @Test(
        "A wish that can't be meant is refused before anything is asked",
        arguments: [
            wish(.callControl(webhook: "http://agent.example/telnyx")), wish(.callControl(webhook: "agent.example")),
            wish(.callControl(webhook: "https:///x")), wish(.callControl(webhook: "https://a b")),
            wish(.callControl(webhook: webhook)) { $0.numbers = ["2025550131"] },
            wish(.callControl(webhook: webhook)) { $0.numbers = ["+1202x550131"] },
            wish(.callControl(webhook: webhook)) { $0.destinations = ["USA"] },
            wish(.callControl(webhook: webhook)) { $0.dailySpend = "lots" },
            wish(.callControl(webhook: webhook)) { $0.calls = 0 },
            wish(.callControl(webhook: webhook)) { $0.name = "" },
        ])
    func badWishes(wish: SetupWish) {
        #expect(throws: TelnyxError.self) { try wish.check() }
    }

    @Test("A sandbox may have webhooks over HTTP")
    func sandbox() throws {
        try Self.wish(.callControl(webhook: "http://127.0.0.1:8080/telnyx")).check(isSandbox: true)
    }

    @Test(
        "Without a key, the portal's fields are told",
        arguments: [
            (
                callControl,
                ["application_name", webhook, "webhook_api_version]", "+12025550131", "Public Key", "US, CA"]
            ),
            (wish(.credential(username: "acme1", password: Secret("planted"))), ["Credentials", "acme1", "user_name"]),
            (wish(.address(.v4(0xCB00_7107), port: 5_060)), ["ip_address, port]", "203.0.113.7, 5060", "UDP"]),
            (wish(.hostName("sip.example.com", port: nil)), ["sip.example.com, SRV", "dns_record_type"]),
            (wish(.hostName("sip.example.com", port: 5_070)), ["sip.example.com, A, port 5070"]),
        ])
    func portal(wish: SetupWish, texts: [String]) {
        let guide = PortalGuide(wish).text
        for text in texts { #expect(guide.contains(text), "\(text) in \(guide)") }
        #expect(!guide.contains("planted"))
    }
}
