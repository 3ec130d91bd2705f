import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A response of a DNS server")
struct DNSMessageTests {
    /// `example.com` at offset 12 and the question A.
    private static let name: [UInt8] = [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]

    private static func message(
        code: UInt8 = 0, answers: [[UInt8]] = [], authorities: [[UInt8]] = [], additionals: [[UInt8]] = []
    ) -> [UInt8] {
        [0, 1, 0x81, 0x80 | code, 0, 1, 0, UInt8(answers.count), 0, UInt8(authorities.count), 0]
            + [UInt8(additionals.count)] + name + [0, 1, 0, 1] + (answers + authorities + additionals).joined()
    }

    private static func record(
        _ owner: [UInt8] = [0xC0, 12], type: UInt8, seconds: [UInt8] = [0, 0, 1, 44], data: [UInt8]
    ) -> [UInt8] {
        owner + [0, type, 0, 1] + seconds + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    private static func question(_ type: DNSQuestion.RecordType) throws -> DNSQuestion {
        DNSQuestion(try #require(DNSName("example.com")), type)
    }

    @Test("is read with the times to live of its records")
    func records() throws {
        let octets = Self.message(
            answers: [
                Self.record(type: 1, data: [192, 0, 2, 1]),
                Self.record(
                    type: 28, seconds: [0xFF, 0, 0, 0],
                    data: [0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]),
                Self.record([1, 0x58, 0xC0, 12], type: 5, data: [0xC0, 12]),
                Self.record(type: 33, data: [0, 10, 0, 20, 0x13, 0xC4, 1, 0x73, 0xC0, 12]),
                Self.record(
                    type: 35,
                    data: [0, 50, 0, 60, 1, 0x73, 7] + Array("SIP+D2U".utf8) + [0, 4] + Array("_sip".utf8) + [0xC0, 12]),
                Self.record(type: 16, data: [1, 0x78]),
            ])
        guard case .found(let records) = DNSMessage.answer(in: octets, to: try Self.question(.a)) else {
            Issue.record("nothing was found")
            return
        }
        let name = try #require(DNSName("example.com"))
        let service = SRVRecord(priority: 10, weight: 20, port: 5060, target: try #require(DNSName("s.example.com")))
        let rule = NAPTRRecord(
            order: 50, preference: 60, flags: "s", service: "SIP+D2U",
            replacement: try #require(DNSName("_sip.example.com")))
        #expect(
            records == [
                DNSRecord(name, timeToLive: 300, .address(.v4(0xC000_0201))),
                DNSRecord(name, timeToLive: 0, .address(.v6(0x2001_0DB8_0000_0000, 1))),
                DNSRecord(try #require(DNSName("x.example.com")), timeToLive: 300, .alias(name)),
                DNSRecord(name, timeToLive: 300, .service(service)),
                DNSRecord(name, timeToLive: 300, .rule(rule)),
            ])
    }

    @Test("says for how long a name or record is known to be missing (RFC 2308)")
    func missing() throws {
        let soa = Self.record(
            type: 6, seconds: [0, 0, 0, 200],
            data: [0xC0, 12, 0xC0, 12] + Array(repeating: 0, count: 16) + [0, 0, 0, 90])
        let question = try Self.question(.a)
        #expect(
            DNSMessage.answer(in: Self.message(code: 3, authorities: [soa]), to: question)
                == .noSuchName(timeToLive: 90))
        #expect(DNSMessage.answer(in: Self.message(authorities: [soa]), to: question) == .noRecord(timeToLive: 90))
        #expect(DNSMessage.answer(in: Self.message(), to: question) == .noRecord(timeToLive: nil))
        let alias = Self.record(type: 5, data: [1, 0x78, 0xC0, 12])
        #expect(
            DNSMessage.answer(in: Self.message(answers: [alias], authorities: [soa]), to: question)
                == .noRecord(timeToLive: 90), "an alias of something without such a record")
    }

    @Test(
        "that refuses is a failure with its reason",
        arguments: [(1, "format error"), (2, "server failure"), (5, "refused")])
    func refused(_ code: UInt8, _ reason: String) throws {
        #expect(
            DNSMessage.answer(in: Self.message(code: code), to: try Self.question(.a))
                == .failed("the DNS server answered with \(reason)"))
    }

    @Test("that is cut off anywhere, or has any octet changed, never does harm")
    func hostile() throws {
        let octets = Self.message(
            answers: [
                Self.record(type: 1, data: [192, 0, 2, 1]),
                Self.record(type: 33, data: [0, 10, 0, 20, 0x13, 0xC4, 1, 0x73, 0xC0, 12]),
                Self.record(type: 35, data: [0, 50, 0, 60, 1, 0x73, 1, 0x78, 0, 0xC0, 12]),
            ])
        let question = try Self.question(.a)
        for length in 0..<octets.count {
            guard case .failed = DNSMessage.answer(in: Array(octets[..<length]), to: question) else {
                Issue.record("\(length) octets were taken for a whole message")
                continue
            }
        }
        var random = SeededGenerator(seed: 1)
        for index in octets.indices {
            for _ in 0..<40 {
                var changed = octets
                changed[index] = UInt8.random(in: .min ... .max, using: &random)
                _ = DNSMessage.answer(in: changed, to: question)
            }
        }
    }

    @Test(
        "with names that lead nowhere has no such records",
        arguments: [
            [0xC0, 0x1D], [0xC0, 0xFF], [0xFF, 0xFF], [0x80, 1], [1, 0x2E, 0xC0, 12], [1, 0x20, 0xC0, 12],
        ] as [[UInt8]])
    func names(_ owner: [UInt8]) throws {
        // The record's own name begins at 29 = 0x1D: a pointer there leads to itself.
        let octets = Self.message(answers: [Self.record(owner, type: 1, data: [192, 0, 2, 1])])
        let answer = DNSMessage.answer(in: octets, to: try Self.question(.a))
        if case .found(let records) = answer { #expect(records.isEmpty) }
    }

    @Test("that is a question is none")
    func question() throws {
        var octets = Self.message()
        octets[2] = 1
        #expect(
            DNSMessage.answer(in: octets, to: try Self.question(.a))
                == .failed("the DNS server's answer is no DNS response"))
    }

    @Test(
        "has names without case or final dot",
        arguments: [
            ("Example.COM", "example.com"), ("a.", "a"), (".", ""), ("", nil), ("a..b", nil), ("a b", nil),
            (String(repeating: "a", count: 64), nil), (String(repeating: "a.", count: 128), nil),
        ] as [(String, String?)])
    func reading(_ text: String, _ expected: String?) {
        #expect(DNSName(text)?.text == expected)
    }
}
