import TelephonyPrimitives
import Testing

@Suite("Blocks of IP addresses")
struct IPNetworkTests {
    @Test(
        "hold what begins like them, and nothing else",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.77/24", "192.0.2.1", true), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
            ("192.0.2.7/32", "192.0.2.7", true), ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
            ("10.0.0.0/9", "10.127.1.1", true), ("10.0.0.0/9", "10.128.0.0", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::8/125", "2001:db8::f", true), ("2001:db8::8/125", "2001:db8::10", false),
            ("::/0", "2001:db8::1", true), ("::1", "::1", true), ("::1", "127.0.0.1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::ffff:192.0.2.9", "192.0.2.9", true),
        ])
    func contains(block: String, address: String, isIn: Bool) throws {
        let network = try #require(IPNetwork(block))
        #expect(network.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(
        "are read as they are written, without the bits behind the length",
        arguments: [
            ("192.0.2.77/24", "192.0.2.0/24"), ("192.0.2.7/32", "192.0.2.7"), ("2001:DB8::5/32", "2001:db8::/32"),
            ("::1/128", "::1"), ("0.0.0.0/0", "0.0.0.0/0"),
        ])
    func description(text: String, written: String) {
        #expect(IPNetwork(text)?.description == written)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/8/8", "192.0.2/24",
            "example.com", "::/129", "192.0.2.0/1234", "192.0.2.0/ 8",
        ])
    func bad(text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test("list their addresses when those are not too many")
    func addresses() {
        #expect(
            IPNetwork("192.0.2.4/30")?.addresses?.map(\.description) == [
                "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7",
            ])
        #expect(IPNetwork("192.0.2.0/24")?.addresses?.count == 256 && IPNetwork("192.0.2.0/23")?.addresses == nil)
        #expect(IPNetwork("2001:db8::8/127")?.addresses?.map(\.description) == ["2001:db8::8", "2001:db8::9"])
        #expect(IPNetwork("::/0")?.addresses == nil && IPNetwork("::1")?.addresses == [.v6(0, 1)])
    }
}
