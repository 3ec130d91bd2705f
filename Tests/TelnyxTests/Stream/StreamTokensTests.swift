import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Tokens of media streams")
struct StreamTokensTests {
    private let octets = [UInt8](0..<32)

    private func issue(_ tokens: inout StreamTokens, _ name: String, _ octets: [UInt8], _ now: Instant) throws -> String
    {
        let token = tokens.issue(for: name, octets: octets, now: now)
        return try #require(token)
    }

    @Test("A token is good once, in the query or in the header")
    func once() throws {
        var tokens = StreamTokens()
        let first = try issue(&tokens, "call1", octets, .ms(0))
        let second = try issue(&tokens, "call2", octets.reversed(), .ms(0))
        #expect(tokens.redeem(target: "/stream", authorization: nil, now: .ms(1)) == .missing)
        #expect(tokens.redeem(target: "/stream?token=", authorization: "", now: .ms(1)) == .missing)
        #expect(tokens.redeem(target: "/stream?token=abc", authorization: nil, now: .ms(1)) == .unknown)
        #expect(tokens.redeem(target: "/stream?a=1&token=\(first)", authorization: nil, now: .ms(2)) == .good("call1"))
        #expect(tokens.redeem(target: "/stream?a=1&token=\(first)", authorization: nil, now: .ms(3)) == .unknown)
        #expect(tokens.redeem(target: "/stream", authorization: "Bearer \(second)", now: .ms(4)) == .good("call2"))
        #expect(tokens.count == 0)
        let third = try issue(&tokens, "call3", octets, .ms(5))
        #expect(tokens.redeem(target: "/s?token=wrong", authorization: third, now: .ms(6)) == .good("call3"))
    }

    @Test("A token is good for its time only, and there are not more than there is room for")
    func bounds() throws {
        var tokens = StreamTokens(lifetime: .seconds(10), capacity: 2)
        let old = try issue(&tokens, "a", octets, .ms(0))
        #expect(tokens.redeem(target: "/?token=\(old)", authorization: nil, now: .ms(10_000)) == .unknown)
        var issued: [String] = []
        for number in 0..<5 as Range<UInt8> {
            issued.append(try issue(&tokens, "\(number)", Array(repeating: number, count: 16), .ms(11_000)))
        }
        #expect(tokens.count == 2)
        #expect(tokens.redeem(target: "/?token=\(issued[0])", authorization: nil, now: .ms(11_001)) == .unknown)
        #expect(tokens.redeem(target: "/?token=\(issued[4])", authorization: nil, now: .ms(11_001)) == .good("4"))
        #expect(tokens.issue(for: "short", octets: Array(octets.prefix(15)), now: .ms(11_002)) == nil)
    }
}
