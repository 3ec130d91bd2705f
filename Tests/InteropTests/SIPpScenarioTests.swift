import Foundation
import SIPCore
import SIPNIO
import TelephonyTesting
import Testing

/// SIPp plays callers and callees that do what carriers and phones do; its scenarios check what we say to that.
@Suite(.serialized)
struct SIPpScenarioTests {
    // MARK: It calls the program

    @Test(
        "SIPp as a caller: what it does in the call is answered as the RFCs say",
        arguments: [
            "uac-no-offer", "uac-hold", "uac-update", "uac-session-timer", "uac-small-interval", "uac-auth",
            "uac-refer", "uac-out-of-order",
        ])
    func caller(scenario: String) async throws {
        let workspace = try Workspace(scenario)
        // SIPp knows MD5 alone.
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: scenario == "uac-auth"
                ? "authentication: {users: {alice: secret}, algorithms: [MD5]}" : "")
        let port = try #require(server.ports["udp"])
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")
        // Else it leaves the user out of the digest's URI.
        let sipp = try await SIPp(
            in: workspace, scenario, calls: 5, to: port, ["-auth_uri", "echo@127.0.0.1:\(port)"])
        try await sipp.succeeds()
        #expect(try await server.counters()["malformed"] == 0)
        #expect(try await server.stop() == 0)
        let waivers: [(AuditRule, String)] =
            switch scenario {
            case "uac-auth": [(AuditRule.ackToSuccess, "SIPp does not repeat its credentials in the ACK")]
            case "uac-out-of-order": [(AuditRule.dialogCSeq, "that is what the scenario is about")]
            default: []
            }
        try await capture.audit(waivers: waivers.map { Waiver($0.0, for: "127.0.0.1:\(sipp.port)", because: $0.1) })
        workspace.remove()
    }

    @Test("F-17: keys that come by INFO, in either of the ways in which phones send them, reach the application")
    func keys() async throws {
        let workspace = try Workspace("uac-info")
        let server = try await Server(in: workspace, agent: "echo")
        let port = try #require(server.ports["udp"])
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")
        try await SIPp(in: workspace, "uac-info", calls: 2, to: port).succeeds()
        let calls = try await server.calls()
        #expect(calls.count == 2)
        for call in calls {
            let keys = try #require(call["dtmf"] as? [[String: Any]])
            #expect(keys.compactMap { $0["digit"] as? String } == ["5", "#", "7", "*"], "\(keys)")
        }
        #expect(try await server.stop() == 0)
        try await capture.audit()
        workspace.remove()
    }

    @Test("SIPp's own caller calls over UDP and TCP", arguments: ["udp", "tcp"])
    func builtInCaller(transport: String) async throws {
        let workspace = try Workspace("sipp-uac-\(transport)")
        let server = try await Server(in: workspace, agent: "echo", transports: [transport])
        let port = try #require(server.ports[transport])
        let capture = try await Capture(in: workspace, filter: "\(transport) port \(port)")
        let sipp = try await SIPp(
            in: workspace, "uac", isBuiltIn: true, calls: 20, to: port, transport: transport == "udp" ? "u1" : "t1")
        try await sipp.succeeds()
        // The last one may not be stored yet.
        _ = try await eventually("20 stored calls") { try await server.calls().count == 20 ? true : nil }
        #expect(try await server.stop() == 0)
        let waiver = Waiver(
            .dialogTarget, for: "127.0.0.1:\(sipp.port)", because: "SIPp's own caller does not look at our Contact")
        try await capture.audit(waivers: transport == "udp" ? [] : [waiver])
        workspace.remove()
    }

    @Test("SIPp loses a message in ten, its own or ours, and every call still comes and goes")
    func lossy() async throws {
        let workspace = try Workspace("sipp-lossy")
        let server = try await Server(in: workspace, agent: "echo")
        let port = try #require(server.ports["udp"])
        let sipp = try await SIPp(
            in: workspace, "uac", isBuiltIn: true, calls: 40, to: port, ["-r", "20", "-lost", "10"])
        try await sipp.succeeds()
        let counters = try await eventually("the end of all calls") {
            let counters = try await server.counters()
            return counters["calls"] == 0 ? counters : nil
        }
        #expect(counters["callsTotal"] == 40)
        #expect(counters["malformed"] == 0)
        #expect(try await server.stop() == 0)
        // What SIPp throws away on its side counts as arrived here.
        let lost = "SIPp acts as if it had not received what it throws away, or had sent it"
        try server.audit(
            waivers: [.finalAcknowledged, .requestTiming].map {
                Waiver($0, for: "127.0.0.1:\(sipp.port)", because: lost)
            })
        workspace.remove()
    }

    @Test("SIPp connects two calls to each other as a third party (RFC 3725)")
    func thirdParty() async throws {
        let workspace = try Workspace("3pcc")
        let server = try await Server(in: workspace, agent: "echo")
        let port = try #require(server.ports["udp"])
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")
        let control = try Workspace.freePort()
        func controller(_ side: String) async throws -> SIPp {
            try await SIPp(
                in: workspace, "3pcc-C-\(side)", isBuiltIn: true, calls: 5, to: port, ["-3pcc", "127.0.0.1:\(control)"])
        }
        let second = try await controller("B")
        try await Workspace.waitUntilTaken(control, by: second.program)
        let first = try await controller("A")
        try await first.succeeds()
        try await second.succeeds()
        #expect(try await server.calls().count == 10)
        #expect(try await server.stop() == 0)
        try await capture.audit(
            waivers: [first, second].map {
                Waiver(
                    .contentLength, for: "127.0.0.1:\($0.port)",
                    because: "SIPp does not count the line end between the two halves of the body that it passes on")
            })
        workspace.remove()
    }

    // MARK: The program calls it

    @Test(
        "SIPp as a callee: PRACK, digest, hold by UPDATE and re-INVITE, and hanging up first",
        arguments: ["uas-prack", "uas-auth", "uas-hold", "uas-drop", "uas"])
    func callee(scenario: String) async throws {
        let workspace = try Workspace(scenario)
        let sipp = try await SIPp(in: workspace, scenario, isBuiltIn: scenario == "uas")
        let capture = try await Capture(in: workspace, filter: "udp port \(sipp.port)")
        for _ in 0..<3 {
            let call = try Program(
                Workspace.product("trunkline"),
                [
                    "call", sipp.uri(), "--bind", "127.0.0.1", "--duration", "2", "--auth", "alice",
                    "--password-env", "TRUNKLINE_TEST_PASSWORD",
                ], environment: ["TRUNKLINE_TEST_PASSWORD": "secret"])
            #expect(try await call.end() == 0, "\(call.output)")
        }
        try await sipp.succeeds()
        try await capture.audit()
        workspace.remove()
    }

    // MARK: It calls the library, or is called by it

    @Test("SIPp requires reliable ringing and acknowledges it with PRACK (RFC 3262)")
    func reliable() async throws {
        let workspace = try Workspace("uac-prack")
        let phone = try await LibraryPhone(ringsReliably: true)
        let sipp = try await SIPp(in: workspace, "uac-prack", to: phone.ports[.udp], user: "agent")
        try await sipp.succeeds()
        #expect(phone.events().count { if case .provisionalAcknowledged = $0 { true } else { false } } == 3)
        try await phone.close()
        workspace.remove()
    }

    @Test("SIPp takes a hold by UPDATE (RFC 3311)")
    func update() async throws {
        let workspace = try Workspace("uas-update")
        let phone = try await LibraryPhone()
        let sipp = try await SIPp(in: workspace, "uas-update", calls: 1)
        let call = try await phone.call(sipp.uri())
        await call.update(to: phone.description(for: nil, in: call.id, direction: "sendonly"))
        let answer = try await phone.event("the answer to UPDATE", of: call) { event -> Response? in
            if case .reinviteAnswered(_, let response) = event { response } else { nil }
        }
        #expect(String(decoding: answer.body, as: UTF8.self).contains("a=recvonly"))
        await call.hangUp()
        try await sipp.succeeds()
        try await phone.close()
        workspace.remove()
    }

    @Test("SIPp asks to be transferred: the target is called, and SIPp hears by NOTIFY how that goes (RFC 3515)")
    func askedToTransfer() async throws {
        let workspace = try Workspace("uac-transfer")
        let phone = try await LibraryPhone()
        let target = try await SIPp(in: workspace, "uas", isBuiltIn: true, calls: 1)
        let sipp = try await SIPp(
            in: workspace, "uac-transfer", calls: 1, to: phone.ports[.udp], user: "agent",
            ["-key", "target", target.uri("third")])
        try await sipp.succeeds()
        let placed = try #require(phone.placed.first)
        _ = try await placed.answered()
        await placed.hangUp()
        try await target.succeeds()
        try await phone.close()
        workspace.remove()
    }

    @Test(
        "F-06: SIPp is asked to call somebody else; its word on that reaches the application, and the call is ours to end",
        arguments: [("200 OK", 200), ("486 Busy Here", 486)])
    func asksToTransfer(outcome: String, status: Int) async throws {
        let workspace = try Workspace("uas-refer-\(status)")
        let phone = try await LibraryPhone()
        let sipp = try await SIPp(in: workspace, "uas-refer", calls: 1, ["-key", "outcome", outcome])
        let call = try await phone.call(sipp.uri())
        await call.transfer(to: "sip:third@192.0.2.9")
        let heard = try await phone.event("the outcome", of: call) { event -> Int? in
            switch event {
            case .transfer(_, .succeeded(let status)), .transfer(_, .failed(let status, _)): status
            default: nil
            }
        }
        #expect(heard == status)
        // Whatever came of it, nobody has been cut off.
        #expect(!phone.events(of: call).contains { if case .ended = $0 { true } else { false } })
        await call.hangUp()
        try await sipp.succeeds()
        try await phone.close()
        workspace.remove()
    }
}
