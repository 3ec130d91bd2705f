import Agent
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Hostile streams")
struct HostileStreamTests {
    /// Pieces of real streams, put together at random.
    private static let pieces = [
        "data: ", "data:", "event: error\n", "\n\n", "\r\n", ": x\n", "{", "}", "[", "]", "\"choices\":", "\"delta\":",
        "\"tool_calls\":", "{\"index\":", "-1", "99999999999999999999", "1e400", "null", "\"content\":", "\"\\ud800\"",
        "\"finish_reason\":\"stop\"", "[DONE]", ",", "\"type\":\"content_block_start\"", "\"type\":\"message_delta\"",
        "\"usage\":{\"input_tokens\":9223372036854775807}", "\"error\":", "<think>", "\u{0}", "😀",
        "data: {\"type\":\"content_block_delta\",\"index\":7,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"x\"}}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":-9223372036854775808,\"function\":{}}]}}]}\n\n",
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9223372036854774784,\"cache_read_input_tokens\":9223372036854774784}}}\n\n",
    ]

    @Test("T-54 no stream of octets, however wild, does worse than fail", arguments: 0..<200)
    func wild(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var octets: [UInt8] = []
        for _ in 0..<60 {
            if Int.random(in: 0..<8, using: &random) == 0 {
                octets += (0..<5).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                octets += Array(Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)].utf8)
            }
        }
        for start in 0..<2 {
            var reader: any ModelStreamReader =
                start == 0
                ? ChatCompletionsStream(service: "x", usageName: "x") : AnthropicStream(usageName: "x", secret: nil)
            var events = ServerSentEvents(maximumOctets: 1_000)
            var rest = octets[...]
            var given: [ModelEvent] = []
            while !rest.isEmpty {
                let length = Int.random(in: 1...9, using: &random)
                for event in (try? events.receive(Array(rest.prefix(length)))) ?? [] {
                    given += (try? reader.receive(event)) ?? []
                }
                rest = rest.dropFirst(length)
            }
            given += (try? reader.end()) ?? []
            #expect(given.count { if case .finished = $0 { true } else { false } } <= 1)
        }
    }
}
