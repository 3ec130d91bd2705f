import SIPCore
import Telephony
import TelephonyPrimitives
import Testing

@Suite("The presets of Telnyx")
struct TelnyxTrunkTests {
    private static let credentials = Credentials(username: "acme1", password: "secret")

    @Test(
        "Each region has its servers, and its calls come from their addresses alone",
        arguments: [
            (TelnyxTrunk.Region.us, "sip.telnyx.com", "192.76.120.10"), (.eu, "sip.telnyx.eu", "185.246.41.141"),
            (.au, "sip.telnyx.com.au", "103.115.244.145"), (.ca, "sip.telnyx.ca", "64.16.250.13"),
            (.asia, "sip.telnyx.asia", "103.115.244.159"),
        ])
    func region(region: TelnyxTrunk.Region, host: String, source: String) throws {
        let trunk = Trunk(TelnyxTrunk(.credentials(Self.credentials), region: region))
        #expect(trunk.server == FlowTarget(host: host, transport: .tls))
        #expect(trunk.registration?.registrar.description == "sip:\(host)")
        #expect(trunk.registration?.servers == [trunk.server])
        #expect(trunk.isSource(try #require(IPAddress(source))))
        #expect(!trunk.isSource(try #require(IPAddress("203.0.113.5"))))
        let others = TelnyxTrunk.Region.allCases.filter { $0 != region }
        #expect(others.allSatisfy { other in !other.sources.contains { trunk.isSource($0.address) } })
    }

    @Test("Only a trunk with a password is registered, and calls at most twenty times a second")
    func registration() {
        #expect(Trunk(TelnyxTrunk(.credentials(Self.credentials))).registration != nil)
        #expect(Trunk(TelnyxTrunk(.credentials(Self.credentials, isRegistered: false))).registration == nil)
        #expect(
            Trunk(TelnyxTrunk(.address())).registration == nil && Trunk(TelnyxTrunk(.hostName())).credentials == nil)
        #expect(Trunk(TelnyxTrunk(.hostName(Self.credentials))).registration == nil)
        #expect(Trunk(TelnyxTrunk(.address())).callsPerSecond == 20)
    }

    @Test("No password shows in what is printed of a trunk")
    func secrets() {
        let trunk = Trunk(TelnyxTrunk(.credentials(Self.credentials)))
        var dumped = ""
        dump(trunk, to: &dumped)
        for text in ["\(trunk)", String(reflecting: trunk), dumped] { #expect(!text.contains("secret")) }
    }
}
