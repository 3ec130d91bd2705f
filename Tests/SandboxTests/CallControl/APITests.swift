import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// The API: who asks, for what, and how it refuses (B1, B2).
struct APITests {
    @Test(
        "B1: what is wrong is refused with a status and a code, in the carrier's form",
        arguments: [
            ("GET", "/phone_numbers", "wrong", "", 401, "10009"), ("GET", "/phone_numbers", "", "", 401, "10009"),
            ("GET", "/fax_applications", "sandbox-key", "", 404, "10005"),
            ("POST", "/calls", "sandbox-key", "[", 400, "10015"),
            ("POST", "/calls", "sandbox-key", "{}", 422, "10004"),
            ("POST", "/calls", "sandbox-key", #"{"connection_id":"1","from":"+1","to":"+1"}"#, 422, "10015"),
            ("GET", "/calls/v3:unknown", "sandbox-key", "", 404, "10005"),
            ("POST", "/calls/unknown/actions/hangup", "sandbox-key", "{}", 422, "90015"),
            ("POST", "/call_control_applications", "sandbox-key", #"{"application_name":"a"}"#, 422, "10004"),
            (
                "POST", "/call_control_applications", "sandbox-key",
                #"{"application_name":"a","webhook_event_url":"agent.example"}"#, 422, "10015"
            ),
            ("POST", "/phone_numbers", "sandbox-key", "{}", 422, "10015"),
            ("GET", "/phone_numbers?page[size]=none", "sandbox-key", "", 422, "10015"),
        ])
    func refused(method: String, path: String, key: String, body: String, status: Int, code: String) {
        var desk = Desk.controlled()
        desk.take(
            .control(
                .request(
                    1,
                    APIRequest(
                        method, "/v2\(path)", authorization: key.isEmpty ? nil : "Bearer \(key)",
                        body: Array(body.utf8)))))
        let response = desk.api.responses[1]
        #expect(response?.status == status)
        let error = response?.body["errors"]?.array?.first
        #expect(error?["code"]?.string == code)
        #expect(error?["title"]?.string?.isEmpty == false && error?["detail"]?.string?.isEmpty == false)
    }

    @Test("B2: an application is made, the number is given to it, and it can't be deleted while it has it")
    func setUp() throws {
        var desk = Desk.controlled { $0.callControl?.webhookURL = nil }
        desk.register("mobile")
        desk.call("+12025550131", by: "mobile", call: "before", from: "whoever")
        #expect(desk.response(to: Desk.phoneWire)?.reason.contains("RG1") == true)

        let numbers = desk.ask("GET", "/phone_numbers?filter[phone_number]=%2B1202555&page%5Bsize%5D=1")
        #expect(numbers.status == 200)
        #expect(numbers.body["meta"]?["total_pages"] == 1 && numbers.body["meta"]?["page_number"] == 1)
        let number = try #require(numbers.body["data"]?.array?.first?["id"]?.string)
        #expect(desk.ask("GET", "/call_control_applications").body["data"] == [])

        let profile = desk.ask("POST", "/outbound_voice_profiles", ["name": "p"]).body["data"]?["id"]
        let made = desk.ask(
            "POST", "/call_control_applications",
            [
                "application_name": "agent", "webhook_event_url": "http://agent.example/hook",
                "outbound": ["outbound_voice_profile_id": try #require(profile)],
            ])
        #expect(made.status == 201)
        let id = try #require(made.body["data"]?["id"]?.string)
        #expect(made.body["data"]?["outbound"]?["outbound_voice_profile_id"] == profile)
        #expect(desk.ask("PATCH", "/phone_numbers/\(number)", ["connection_id": "77"]).status == 422)
        #expect(desk.ask("PATCH", "/phone_numbers/\(number)", ["connection_id": .string(id)]).status == 200)
        #expect(desk.ask("GET", "/phone_numbers/\(number)/voice").body["data"]?["connection_id"]?.string == id)
        #expect(desk.ask("DELETE", "/call_control_applications/\(id)").status == 422)
        #expect(desk.ask("PATCH", "/call_control_applications/\(id)", ["active": true]).status == 422)
        let changed = desk.ask(
            "PATCH", "/call_control_applications/\(id)",
            ["application_name": "agent", "webhook_event_url": "http://other.example/hook"])
        #expect(changed.body["data"]?["outbound"]?["outbound_voice_profile_id"] == profile)

        desk.call("+12025550131", by: "mobile", call: "after", from: "whoever")
        #expect(desk.api.posts.map(\.url) == ["http://other.example/hook"])
        #expect(desk.api.payload("call.initiated")?["connection_id"]?.string == id)
    }

    @Test("SIP connections are kept, numbers can be given to them, and a number of nobody leads nowhere")
    func connections() throws {
        var desk = Desk.controlled()
        let made = desk.ask(
            "POST", "/credential_connections",
            ["connection_name": "office", "user_name": "office1", "password": "long-enough"])
        #expect(made.status == 201 && made.body["data"]?["password"] == nil)
        let id = try #require(made.body["data"]?["id"]?.string)
        #expect(desk.ask("GET", "/credential_connections").body["data"]?.array?.count == 2)
        let number = "/phone_numbers/\(CallControlSettings.applicationID.dropLast())3"
        let moved = desk.ask("PATCH", number, ["connection_id": .string(id)])
        #expect(moved.body["data"]?["connection_name"] == "office")
        #expect(desk.ask("DELETE", "/credential_connections/\(id)").status == 422)
        desk.register("mobile")
        desk.call("+12025550131", by: "mobile", call: "sip", from: "whoever")
        #expect(desk.response(to: Desk.phoneWire)?.reason.contains("RG1") == true)
        desk.ask("PATCH", number, ["connection_id": ""])
        desk.call("+12025550131", by: "mobile", call: "nobody", from: "whoever")
        #expect(desk.response(to: Desk.phoneWire)?.reason.contains("D21") == true)
        let address = desk.ask("POST", "/ips", ["ip_address": "192.0.2.1", "connection_id": "77"])
        #expect(address.status == 422)
    }

    @Test("B1: pages of a list")
    func pages() {
        var desk = Desk.controlled()
        for number in 1...4 { desk.ask("POST", "/outbound_voice_profiles", ["name": .string("p\(number)")]) }
        let page = desk.ask("GET", "/outbound_voice_profiles?page[number]=2&page[size]=2")
        #expect(page.body["data"]?.array?.compactMap { $0["name"]?.string } == ["p2", "p3"])
        #expect(page.body["meta"] == ["page_number": 2, "page_size": 2, "total_pages": 3, "total_results": 5])
        let found = desk.ask("GET", "/outbound_voice_profiles?filter[name][contains]=P4")
        #expect(found.body["data"]?.array?.count == 1)
    }

    @Test("B1: a command_id counts once within 60 s")
    func once() {
        var desk = Desk.controlled()
        let answered = desk.phoneTalksToApplication()
        #expect(answered != nil)
        for seconds in [0, 59, 2] {
            desk.pass(.seconds(seconds))
            desk.command("speak", ["payload": "Hello.", "voice": "female", "command_id": "c1"])
        }
        #expect(desk.api.events.count { $0 == "call.speak.started" } == 2)
    }

    @Test("B2: commands before the answer, after the end, and such as the sandbox does not know")
    func states() {
        var desk = Desk.controlled()
        desk.phoneCallsApplication()
        func code(_ answer: (status: Int, body: JSONValue, headers: [String: String])) -> String? {
            #expect(answer.status == 422)
            return answer.body["errors"]?.array?.first?["code"]?.string
        }
        #expect(code(desk.command("speak", ["payload": "a", "voice": "male"])) == "90034")
        #expect(code(desk.command("levitate")) == "10015")
        #expect(code(desk.command("hangup", ["client_state": "%"])) == "90017")
        #expect(code(desk.command("reject")) == "10004")
        #expect(desk.command("client_state_update", ["client_state": "MQ=="]).status == 200)
        #expect(desk.command("hangup").status == 200)
        #expect(desk.api.payload("call.hangup")?["client_state"] == "MQ==")
        #expect(code(desk.command("hangup")) == "90018")
        let call = desk.ask("GET", "/calls/\(desk.controlID)").body["data"]
        #expect(call?["is_alive"] == false && call?["record_type"] == "call" && call?["end_time"]?.string != nil)
    }
}
