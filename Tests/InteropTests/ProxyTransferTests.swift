import Foundation
import SIPCore
import SIPNIO
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// Transfers while Kamailio stands between and records its route: the case in which most go wrong.
@Suite(.serialized)
struct ProxyTransferTests {
    private func silence(_ workspace: Workspace) throws -> String {
        let file = workspace.path("silence.wav")
        try Sound.write([.silence(seconds: 60)], to: file)
        return file
    }

    @Test(
        "F-06: a caller who came by a record-routing proxy is transferred, and talks on when we have hung up",
        arguments: ["udp", "tcp"])
    func transferred(transport: String) async throws {
        let workspace = try Workspace("proxy-transfer-\(transport)")
        let kind = try #require(TransportProtocol(rawValue: transport))
        let phone = try await LibraryPhone(transports: [kind])
        let kamailio = try await Kamailio(in: workspace, agent: phone.uri(kind))
        let sound = try silence(workspace)
        let third = try Baresip(in: workspace, user: "third", speaking: sound, registrar: kamailio.uri("third"))
        _ = try await kamailio.program.line(containing: "registered: third")
        let caller = try Baresip(in: workspace, user: "caller", speaking: sound, dial: kamailio.uri("agent"))
        let call = try await phone.incoming()
        try await caller.callEstablished()
        await call.transfer(to: kamailio.uri("third"))
        try await phone.event("the success of the transfer", of: call) { event -> Bool? in
            if case .transfer(_, .succeeded) = event { true } else { nil }
        }
        // First the word that the target has answered, then the end: not the other way round.
        await call.hangUp()
        _ = await call.ended()
        try await third.hears()
        try await caller.callEstablished(2)
        #expect(third.over == 0)
        #expect(kamailio.routed("REFER") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        let reports = kamailio.routed("NOTIFY")
        #expect(reports.byRoute >= 1 && reports.without == 0, "\(kamailio.program.output.suffix(2_000))")
        try third.control("hangup")
        try await third.callOver()
        #expect(kamailio.routed("BYE").without == 0, "\(kamailio.program.output.suffix(2_000))")
        try await caller.stop()
        try await third.stop()
        try await kamailio.stop()
        try await phone.close(proxies: [kamailio.port])
        workspace.remove()
    }

    @Test("F-06: who is asked by REFER through a record-routing proxy calls through it, and reports by its route")
    func asked() async throws {
        let workspace = try Workspace("proxy-refer")
        let phone = try await LibraryPhone()
        let kamailio = try await Kamailio(in: workspace, agent: phone.uri())
        let sound = try silence(workspace)
        let third = try Baresip(in: workspace, user: "third", speaking: sound, registrar: kamailio.uri("third"))
        _ = try await kamailio.program.line(containing: "registered: third")
        let caller = try Baresip(in: workspace, user: "caller", speaking: sound, dial: kamailio.uri("agent"))
        let call = try await phone.incoming()
        try await caller.callEstablished()
        try caller.control("transfer", kamailio.uri("third"))
        try await third.callEstablished()
        let placed = try await eventually("our call to the target") { phone.placed.first }
        _ = try await placed.answered()
        _ = await call.ended()
        #expect(third.over == 0)
        #expect(kamailio.routed("REFER") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        let reports = kamailio.routed("NOTIFY")
        #expect(reports.byRoute >= 2 && reports.without == 0, "\(kamailio.program.output.suffix(2_000))")
        await placed.hangUp()
        try await third.callOver()
        try await caller.stop()
        try await third.stop()
        try await kamailio.stop()
        try await phone.close(proxies: [kamailio.port])
        workspace.remove()
    }
}
