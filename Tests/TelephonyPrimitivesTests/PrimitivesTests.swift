import Testing

@testable import TelephonyPrimitives

@Suite("Primitives that the cores share")
struct PrimitivesTests {
    @Test(
        "IP text is read and written in its canonical form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("2001:DB8::A", "2001:db8::a"), ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("fe80:0:0:0:1:2:3:4", "fe80::1:2:3:4"),
            ("::ffff:192.0.2.128", "::ffff:192.0.2.128"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1::", "1::"),
        ])
    func canonicalText(input: String, expected: String) {
        #expect(IPAddress(input)?.description == expected)
    }

    @Test(
        "What is no IP address is refused",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.", "a.b.c.d", "example.com", ":", ":::", "1::2::3",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "12345::", "[1.2.3.4]", "[", "[]", "::1%eth0", "+1::", "1:", "::1:",
            "1.2.3.4444",
        ])
    func refused(input: String) {
        #expect(IPAddress(input) == nil)
    }

    @Test(
        "Private and public addresses are told apart",
        arguments: [
            ("10.0.0.1", true), ("172.16.0.1", true), ("172.32.0.1", false), ("192.168.1.1", true),
            ("169.254.1.1", true), ("100.64.0.1", true), ("100.128.0.1", false), ("127.0.0.1", true),
            ("192.0.2.1", false), ("fd00::1", true), ("fe80::1", true), ("2001:db8::1", false),
        ])
    func privacy(input: String, expected: Bool) {
        #expect(IPAddress(input)?.isPrivate == expected)
    }

    @Test("Instants move and measure by durations, and saturate")
    func instants() {
        let start = Instant.zero
        #expect(start + .milliseconds(20) == Instant(nanoseconds: 20_000_000))
        #expect(start.duration(to: Instant(nanoseconds: 1_500_000_000)) == .milliseconds(1500))
        #expect(Instant(nanoseconds: .max).advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(Instant(nanoseconds: 12_345_000_000).description == "12.345s")
        #expect(Duration.seconds(Int64.max).inNanoseconds == .max)
    }

    @Test("A seed replays its numbers")
    func seeds() {
        var one = SeededGenerator(seed: 7)
        var two = SeededGenerator(seed: 7)
        var other = SeededGenerator(seed: 8)
        let numbers = (0..<4).map { _ in one.next() }
        #expect(numbers == (0..<4).map { _ in two.next() })
        #expect(numbers != (0..<4).map { _ in other.next() })
    }
}
