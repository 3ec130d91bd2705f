import SIPCore
import TelephonyPrimitives
import Testing

struct StreamFramerTests {
    private func message(_ body: String, length: String? = nil) -> [UInt8] {
        let lengthLine = length ?? "Content-Length: \(body.utf8.count)\r\n"
        return Array("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n\(lengthLine)\r\n\(body)".utf8)
    }

    private func frames(_ chunks: [[UInt8]]) throws -> [StreamFramer.Frame] {
        var framer = StreamFramer()
        var frames: [StreamFramer.Frame] = []
        for chunk in chunks {
            framer.append(chunk)
            while let frame = try framer.next() { frames.append(frame) }
        }
        return frames
    }

    @Test("However a stream is cut, the same messages come out")
    func cuts() throws {
        var random = SeededGenerator(seed: 7)
        let one = message("hello\r\n\r\nworld")
        let two = message("", length: "l:0\r\n")
        let stream = one + two + one
        for _ in 0..<200 {
            var chunks: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 1...40, using: &random))
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try frames(chunks) == [.message(one), .message(two), .message(one)])
        }
    }

    @Test("A double CR LF is a ping, a single one a pong (RFC 5626 §3.5.1)")
    func keepAlive() throws {
        let crlf: [UInt8] = [13, 10]
        #expect(try frames([crlf + crlf]) == [.keepAlivePing])
        #expect(try frames([crlf]) == [.keepAlivePong])
        #expect(try frames([crlf, crlf]) == [.keepAlivePong, .keepAlivePing])
        // However it is cut, there are as many pings.
        for count in 1...7 {
            for first in 0...count {
                let pieces = [first, count - first].map { Array(repeatElement(crlf, count: $0).joined()) }
                let pings = try frames(pieces).count { $0 == .keepAlivePing }
                #expect(pings == count / 2, "\(first) + \(count - first)")
            }
        }
        let options = message("")
        #expect(try frames([crlf + options]) == [.keepAlivePong, .message(options)])
    }

    @Test(
        "A length that is nonsense gives the message for an answer, and then the stream ends",
        arguments: ["Content-Length: -1\r\n", "Content-Length: 1x\r\n", "Content-Length: 1\r\nl: 2\r\n"])
    func nonsense(length: String) throws {
        var framer = StreamFramer()
        framer.append(message("", length: length))
        guard case .message(let octets) = try framer.next(), case .request(let request) = try Message(parsing: octets)
        else {
            Issue.record("the message is not handed up")
            return
        }
        #expect(throws: ParseError.self) { try request.validate() }
        #expect(throws: ParseError.self) { try framer.next() }
    }

    @Test("Headers without end and bodies beyond the limit end the stream")
    func limits() throws {
        var endless = StreamFramer()
        #expect(throws: ParseError.self) {
            for _ in 0..<5_000 {
                endless.append(Array("X: yyyyyyyy\r\n".utf8))
                _ = try endless.next()
            }
        }
        var huge = StreamFramer()
        huge.append(message("", length: "Content-Length: 99999999\r\n"))
        // Its headers are handed up, to be answered.
        guard case .message(let octets) = try huge.next(), case .request(let request) = try Message(parsing: octets)
        else {
            Issue.record("the headers are not handed up")
            return
        }
        let error = #expect(throws: ParseError.self) { try request.validate() }
        #expect(error?.suggestedStatus == 513)
        #expect(throws: ParseError.self) { try huge.next() }
        var overflowing = StreamFramer()
        overflowing.append(message("", length: "Content-Length: 99999999999999999999999\r\n"))
        #expect(throws: ParseError.self) {
            _ = try overflowing.next()
            _ = try overflowing.next()
        }
    }
}
