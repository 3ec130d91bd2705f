import Agent
import Foundation
import Synchronization
import Testing

@testable import CallAPI

/// T-42: what can't be read is refused with a reason, and never breaks anything.
struct RequestTests {
    @Test(
        "A body that can't be read is refused",
        arguments: [
            ("", "not_json"), ("{", "not_json"), ("[]", "not_an_object"), ("1", "not_an_object"),
            ("null", "not_an_object"),
            ("{\"to\": 5}", "bad_member"), ("{\"to\": null}", "bad_member"), ("{\"to\": \"\"}", "bad_member"),
            ("{}", "missing_member"), ("{\"to\":\"+4930123\",\"evil\":1}", "unknown_member"),
            ("{\"to\":\"+4930123\",\"variables\":[]}", "bad_member"),
            ("{\"to\":\"+4930123\",\"variables\":{\"a b\":\"c\"}}", "bad_member"),
            ("{\"to\":\"+4930123\",\"variables\":{\"a\":7}}", "bad_member"),
            ("{\"to\":\"+4930123\"} trailing", "not_json"),
            (String(repeating: "[", count: 10_000), "not_json"),
            (
                "{\"to\":" + String(repeating: "{\"a\":", count: 500) + "1" + String(repeating: "}", count: 501),
                "not_json"
            ),
            ("{\"to\": 1e999}", "not_json"),
        ])
    func bodies(body: String, code: String) async throws {
        let desk = try Desk()
        let answer = await desk.ask("POST", "/v1/calls", body)
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer.code == code, "\(answer.text)")
        #expect(answer.header("content-type") == "application/problem+json")
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }

    @Test("A form of a web page is no JSON", arguments: ["text/plain", "application/x-www-form-urlencoded", ""])
    func types(type: String) async throws {
        let desk = try Desk()
        let answer = await desk.ask("POST", "/v1/calls", "{\"to\":\"+4930123\"}", headers: [("Content-Type", type)])
        #expect(answer.status == 415 && answer.code == "not_json")
    }

    @Test("Octets that are no UTF-8 are refused")
    func utf8() async throws {
        let desk = try Desk()
        let request = APIRequest(
            "POST", "/v1/calls", headers: [("content-type", "application/json"), ("host", "localhost")],
            body: Array("{\"to\":\"".utf8) + [0xFF, 0xC0] + Array("\"}".utf8))
        #expect(await desk.api.respond(to: request).status == 400)
    }

    @Test(
        "Tricks with paths lead nowhere",
        arguments: [
            "/v1/calls/../calls", "/v1//calls", "/v1/calls/", "/v1/calls/..%2f..%2fetc%2fpasswd", "/V1/calls",
            "//healthz",
            "/v1/calls/%00", "/v1/calls/a/b/events", "/v1/calls/{id}", "*", "", "http://127.0.0.1/healthz",
            "/v1/calls/" + String(repeating: "a", count: 65), "/v1/calls/a;b", "/healthz#x", "/v1/calls/a%20b",
        ])
    func paths(path: String) async throws {
        let desk = try Desk()
        let answer = await desk.ask("GET", path)
        #expect(answer.status == 404 && answer.code == "no_such_path")
    }

    @Test("A method that a path does not take is told which it takes")
    func methods() async throws {
        let desk = try Desk()
        for method in ["PUT", "PATCH", "TRACE", "OPTIONS", "CONNECT", "get", "G\u{0}T"] {
            let answer = await desk.ask(method, "/v1/calls")
            #expect(answer.status == 405 && answer.header("allow") == "GET, POST")
        }
    }

    @Test(
        "Queries that can't be read are refused",
        arguments: [
            "limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "limit=%31%", "limit=+1", "limit=1e2", "limit=-1",
            "direction=sideways", "state=", "outcome=bad", "after=x", "after=1", "number=", "from=9007199254740992",
            "x=1",
            "from=99999999999999999999", "%ff=1", "limit=\u{0661}",
        ])
    func queries(query: String) async throws {
        let desk = try Desk()
        #expect(await desk.ask("GET", "/v1/calls?\(query)").status == 400)
    }

    @Test("The description names every path and method that there is, and no other")
    func description() async throws {
        let desk = try Desk()
        let paths = try #require(await desk.ask("GET", "/openapi.json").json["paths"]?.object)
        var described: Set<String> = []
        for (path, item) in paths {
            for method in item.object?.keys.map({ $0 }) ?? [] where method != "parameters" {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        #expect(described == Set(Route.all.map { "\($0.method) \($0.path)" }))
        #expect(Set(Route.all.map(\.action)).count == Route.Action.allCases.count)
    }

    @Test("The description has every status that a path was seen to answer with")
    func statuses() async throws {
        let desk = try Desk()
        let paths = try #require(await desk.ask("GET", "/openapi.json").json["paths"]?.object)
        _ = desk.callUp()
        for route in Route.all {
            let path = route.path.replacing("{id}", with: "0000-1")
            for target in [path, path + "?x=1", route.path.replacing("{id}", with: "none")] {
                for body in [
                    "{}", "{\"text\":\"a\"}", "{\"digits\":\"x\"}", "{\"to\":\"+1900\"}", "{\"to\":\"?\"}", nil,
                ] {
                    if route.action == .events, target == path { continue }
                    let answer = await desk.ask(route.method, target, body)
                    let responses = paths[route.path]?[route.method.lowercased()]?["responses"]?.object
                    #expect(responses?["\(answer.status)"] != nil, "\(route.method) \(target): \(answer.status)")
                }
            }
        }
    }

    @Test("Readiness is 503 with the reason when a part is not there")
    func readiness() async throws {
        let desk = try Desk()
        var surroundings = desk.api.surroundings
        surroundings.readiness = { [PartReadiness("database", isReady: false, reason: "Full.")] }
        let api = CallAPI(settings: desk.api.settings, surroundings: surroundings)
        let answer = Answer(await api.respond(to: APIRequest("GET", "/readyz")))
        #expect(answer.status == 503)
        #expect(
            answer.text
                == "{\"isReady\":false,\"parts\":[{\"isReady\":false,\"name\":\"database\",\"reason\":\"Full.\"}]}")
    }
}
