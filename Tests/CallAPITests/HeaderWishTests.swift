import Agent
import Synchronization
import TelephonyPrimitives
import Testing

@testable import CallAPI

/// Header fields of the INVITE that an order wants.
struct HeaderWishTests {
    @Test("F-18 Header fields of an order go into its call")
    func taken() async throws {
        let desk = try Desk()
        let answer = await desk.ask(
            "POST", "/v1/calls", #"{"to": "+4930123", "headers": {"X-Order": "17; a=\"b\"", "x-campaign-id": "5"}}"#)
        #expect(answer.status == 202, "\(answer.text)")
        let headers = try #require(desk.line.orders.withLock { $0.first?.headers })
        #expect(headers.map(\.name) == ["X-Order", "x-campaign-id"] && headers.map(\.value) == ["17; a=\"b\"", "5"])
    }

    @Test(
        "T-15 Names that mean something, and values that could end a line, are refused",
        arguments: [
            #"{"Route": "sip:evil"}"#, #"{"X-": "1"}"#, #"{"X-A:": "1"}"#, #"{"X-A B": "1"}"#, #"{"X-Ä": "1"}"#,
            #"{"X-A": "1\r\nRoute: <sip:evil>"}"#, #"{"X-A": "1\n 2"}"#, #"{"X-A": "a\u0000b"}"#, #"{"X-A": " a"}"#,
            #"{"X-A": "\u202Eabc"}"#, #"{"X-A": "1", "x-a": "2"}"#, #"{"X-A": "\u007F"}"#, #"{"X-A": "a  b"}"#,
        ])
    func refused(headers: String) async throws {
        let desk = try Desk()
        let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\", \"headers\": \(headers)}")
        #expect(answer.status == 422 && answer.code == "bad_header", "\(answer.text)")
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }

    @Test("T-15 Whatever text is wanted, what is taken is one line that says what was wanted")
    func anyText() {
        var random = SeededGenerator(seed: 15)
        let pieces = [
            "a", " ", "\r", "\n", "\r\n", "\"", "<", ">", "@", "\0", "é", "\u{202E}", ":", ";", "\t", "%0d", "X-",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            guard HeaderWish.isValue(text) else { continue }
            let line = "X-A: \(text)\r\n"
            #expect(line.split(separator: "\r\n", omittingEmptySubsequences: true).count == 1)
            #expect(line.utf8.filter { $0 < 0x20 || $0 > 0x7E }.count == 2)
            #expect(String(line.dropFirst(5).dropLast()) == text)
        }
    }
}
