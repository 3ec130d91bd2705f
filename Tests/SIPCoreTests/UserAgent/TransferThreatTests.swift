import Foundation
import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A REFER that is an attack")
struct TransferThreatTests {
    private static let nasty: [String] = {
        let file = SIPFixtures.root.appending(path: "refer-to/nasty.txt")
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        // A line end would end the header; the marks stand for it as they are.
        return lines + ["sip:+19005550100@carrier.example", "sip:desk@example.com"]
    }()

    @Test(
        "T-12: in a call it is refused whatever it names, nothing goes out for it, and the call goes on",
        arguments: nasty)
    func inDialog(target: String) throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        for form in [target, "<\(target)>"] {
            let before = stage.requests.count
            stage.request("REFER", headers: ["Refer-To: \(form)"])
            #expect((400...699).contains(try #require(stage.lastResponse(to: .refer)).status))
            #expect(stage.requests.count == before, "something was sent for it")
        }
        #expect(stage.ends.isEmpty)
        stage.command(.reinvite(id, body: .offer))
        #expect(stage.titles.last == "INVITE")
    }

    @Test("T-12: a stranger's, outside every call, is refused whatever it names, and leaves nothing", arguments: nasty)
    func outOfDialog(target: String) throws {
        var stage = Stage()
        for form in [target, "<\(target)>"] {
            stage.request("REFER", toTag: .some(nil), headers: ["Refer-To: \(form)"])
            #expect((400...699).contains(try #require(stage.lastResponse(to: .refer)).status))
        }
        #expect(stage.requests.isEmpty)
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("T-12: where it is served, no header that it asks for reaches the call but harmless ones", arguments: nasty)
    func served(target: String) throws {
        var configuration = UserAgentConfiguration()
        configuration.servesRefer = true
        var stage = Stage(configuration)
        _ = try stage.establishIncoming()
        let before = stage.requests.count
        stage.request("REFER", headers: ["Refer-To: <\(target)>"])
        #expect(stage.requests.count == before, "a call was placed without anybody's leave")
        for case .refer(_, _, let referral) in stage.events {
            let harmless: Set<String> = ["replaces", "user-to-user", "referred-by"]
            for (name, value) in referral.inviteHeaders {
                let name = name.text.lowercased()
                #expect(harmless.contains(name) || name.hasPrefix("x-"))
                #expect(name == "replaces" || !value.contains("\r") && !value.contains("\n"))
            }
            if case .sip(let uri) = referral.target {
                #expect(uri.headers.isEmpty && uri.parameters.value(of: "method") == nil)
            }
        }
    }
}
