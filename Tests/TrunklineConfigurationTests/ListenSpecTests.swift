import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@Suite("Listen addresses")
struct ListenSpecTests {
    @Test(
        "are read and written",
        arguments: [
            ("udp:127.0.0.1:5060", "udp:127.0.0.1:5060"), ("TCP:192.0.2.1", "tcp:192.0.2.1:5060"),
            ("tls:0.0.0.0", "tls:0.0.0.0:5061"), ("udp:[::]:0", "udp:[::]:0"),
            ("tls:[2001:db8::1]", "tls:[2001:db8::1]:5061"), ("tcp:1.2.3.4:65535", "tcp:1.2.3.4:65535"),
        ])
    func good(text: String, written: String) throws {
        let spec = try ListenSpec(text)
        #expect(spec.description == written)
        #expect(try ListenSpec(spec.description) == spec)
        #expect(spec.address.port == spec.port)
    }

    @Test(
        "are refused with the reason",
        arguments: [
            ("", "does not begin with udp:, tcp: or tls:"), ("udp", "does not begin with udp:, tcp: or tls:"),
            ("127.0.0.1:5060", "does not begin with udp:, tcp: or tls:"),
            ("udp:", "has no IP address (a host name does not do)"),
            ("udp:example.com:5060", "has no IP address (a host name does not do)"),
            ("udp:[1.2.3.4]:5060", "has no IP address (a host name does not do)"),
            ("udp:::1", "has too many colons"), ("udp:1.2.3.4:5060:1", "has too many colons"),
            ("udp:[::1", "lacks the closing bracket of its IPv6 address"),
            ("udp:[::1]5060", "has something other than a port after its address"),
            ("udp:1.2.3.4:", "has no port from 0 to 65535"), ("udp:1.2.3.4:65536", "has no port from 0 to 65535"),
            ("udp:1.2.3.4:+1", "has no port from 0 to 65535"), ("udp:[::1]:", "has no port from 0 to 65535"),
        ])
    func bad(text: String, problem: String) {
        do {
            _ = try ListenSpec(text)
            Issue.record("it was read")
        } catch {
            #expect(error.problem == problem)
            #expect(!error.fix.isEmpty)
        }
    }
}
