import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@testable import Doctor

/// Where others are told to send sound, against where they see us.
@Suite("The address that others are told")
struct AddressTests {
    private static let behindNAT = SeenAddress(who: "sip.example.com", address: "203.0.113.9", local: "10.0.0.5")
    private static let open = SeenAddress(who: "sip.example.com", address: "198.51.100.4", local: "198.51.100.4")

    private func judge(
        listen: String = "udp:0.0.0.0:5060", advertise: String? = nil, registrar: String? = nil,
        seen: [SeenAddress] = []
    ) throws -> CheckResult {
        var settings = Configuration()
        settings.listen = [try ListenSpec(listen)]
        settings.advertise = advertise.flatMap { IPAddress($0) }
        if let registrar {
            settings.accounts = [Configuration.Account(name: "x", address: "sip:alice@\(registrar)")]
        }
        return AddressCheck(settings, seen: seen).judge()
    }

    @Test("F-01: behind a NAT without advertise, callers would not be heard: both addresses and the fix are named")
    func behindNAT() throws {
        let result = try judge(registrar: "sip.example.com", seen: [Self.behindNAT])
        #expect(result.verdict == .failure)
        #expect(result.finding.contains("announced at 10.0.0.5") && result.finding.contains("203.0.113.9"))
        #expect(result.fix?.contains("advertise: 203.0.113.9") == true && result.fix?.contains("16384-32767") == true)
    }

    @Test("With the right address advertised, or without a NAT, nothing is wrong")
    func right() throws {
        #expect(try judge(advertise: "203.0.113.9", registrar: "h.example", seen: [Self.behindNAT]).verdict == .fine)
        #expect(try judge(registrar: "h.example", seen: [Self.open]).verdict == .fine)
    }

    @Test("An advertised address that is not the one that others see is a failure; a private one a warning")
    func wrongAdvertise() throws {
        let wrong = try judge(advertise: "203.0.113.1", registrar: "h.example", seen: [Self.behindNAT])
        #expect(wrong.verdict == .failure && wrong.fix?.contains("advertise: 203.0.113.9") == true)
        #expect(try judge(advertise: "10.0.0.5", registrar: "h.example").verdict == .warning)
        #expect(try judge(advertise: "10.0.0.5", registrar: "10.0.0.1").verdict == .fine)
    }

    @Test(
        "F-09: who listens on loopback alone can't be called by a registrar elsewhere, and by one on this machine can")
    func loopback() throws {
        let result = try judge(listen: "udp:127.0.0.1:5060", registrar: "sip.example.com")
        #expect(result.verdict == .failure && result.fix?.contains("udp:0.0.0.0:5060") == true)
        for near in ["127.0.0.1:5070", "localhost", "[::1]:5060"] {
            #expect(try judge(listen: "udp:127.0.0.1:5060", registrar: near).verdict == .fine, "\(near)")
        }
        #expect(try judge(listen: "udp:127.0.0.1:5060").verdict == .fine)
    }

    @Test("When nobody was asked, nothing is claimed")
    func unknown() throws {
        #expect(try judge().verdict == .unknown)
    }

    @Test(
        "The host of a SIP URI",
        arguments: [
            ("sip:alice@example.com", "example.com"), ("sip:example.com:5060;transport=tcp", "example.com"),
            ("sips:a@[2001:db8::1]:5061", "2001:db8::1"), ("sip:a:b@h?x=y@z", "z"), ("", ""), ("sip:", ""),
        ])
    func hosts(uri: String, host: String) {
        #expect(AddressCheck.host(of: uri) == host)
    }
}
