import SDP
import TelephonyPrimitives
import Testing

@Suite("Reading and writing session descriptions")
struct ParsingTests {
    @Test("every part of RFC 8866 §5 is read and written in its order")
    func everyPart() throws {
        let lines = [
            "v=0", "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1", "s=Call to John Smith", "i=An offer",
            "u=http://www.jdoe.example.com/home.html", "e=jdoe@example.com", "p=+1 617 555-6011",
            "c=IN IP4 198.51.100.1", "b=AS:84", "t=0 0", "r=7d 1h 0 25h", "k=prompt", "a=x-odd:1:2: 3", "a=recvonly",
            "m=audio 49170 RTP/AVP 0 97", "i=sound", "c=IN IP6 2001:db8::2", "b=AS:64", "a=rtpmap:97 iLBC/8000",
            "a=x-unknown", "m=video 51372/2 RTP/AVP 99", "a=rtpmap:99 h263-1998/90000",
        ]
        let text = lines.joined(separator: "\r\n") + "\r\n"
        let read = try SessionDescription(parsing: Array(text.utf8))
        #expect(read.origin.username == "jdoe")
        #expect(read.origin.sessionVersion == "3724394405")
        #expect(read.sessionName == "Call to John Smith")
        #expect(read.connection?.address == "198.51.100.1")
        #expect(read.attributes == [Attribute("x-odd", "1:2: 3"), Attribute("recvonly")])
        #expect(read.media.map(\.kind) == ["audio", "video"])
        #expect(read.media[0].connection?.ip?.description == "2001:db8::2")
        #expect(read.media[0].formats == ["0", "97"])
        #expect(read.media[1].portCount == 2)
        #expect(String(decoding: read.serialized, as: UTF8.self) == text)
    }

    @Test(
        "what peers stray in is forgiven",
        arguments: [
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 6 RTP/AVP 0\n",
            "v=0\ro=- 1 1 IN IP4 192.0.2.1\rs=-\rc=IN IP4 192.0.2.1\rt=0 0\rm=audio 6 RTP/AVP 0\r",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6 RTP/AVP 0",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 6 RTP/AVP 0\r\n",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\r\nt=0 0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6 RTP/AVP 0\r\n\r\n",
            "v=0 \r\ns=-\r\no=-  1 1 IN IP4 192.0.2.1 \r\nx=?\r\nc=IN IP4  192.0.2.1 \r\nm=audio  6 RTP/AVP 0 \r\n",
        ])
    func lenient(text: String) throws {
        let strict = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6 RTP/AVP 0\r\n"
        let read = try SessionDescription(parsing: Array(text.utf8))
        #expect(String(decoding: read.serialized, as: UTF8.self) == strict)
    }

    @Test(
        "what can't be used is refused with the reason and its line",
        arguments: [
            ("", SDPError.missingVersion),
            ("<html></html>", .missingVersion),
            ("o=- 1 1 IN IP4 192.0.2.1\nv=0", .missingVersion),
            ("v=1\n", .unsupportedVersion("1")),
            ("v=0\n\nnonsense", .malformed(line: 3, problem: "is not of the form letter=value")),
            (
                "v=0\no=- 1 1 IN IP4",
                .malformed(
                    line: 2, problem: "(o=) has 5 fields; six are needed: user, id, version, IN, IP4, address")
            ),
            ("v=0\nc=IN IP4", .malformed(line: 2, problem: "(c=) lacks a network type, address type or address")),
            ("v=0\nm=audio", .malformed(line: 2, problem: "(m=) lacks a media type, port or transport")),
            (
                "v=0\nm=audio 65536 RTP/AVP 0",
                .malformed(line: 2, problem: "(m=) has the port 65536; it must be 0 to 65535")
            ),
            (
                "v=0\nm=audio -1 RTP/AVP 0",
                .malformed(line: 2, problem: "(m=) has the port -1; it must be 0 to 65535")
            ),
            (
                "v=0\nm=audio 6/x RTP/AVP 0",
                .malformed(line: 2, problem: "(m=) has a number of ports that is no number")
            ),
        ])
    func refused(text: String, expected: SDPError) {
        #expect(throws: expected) { try SessionDescription(parsing: Array(text.utf8)) }
        #expect(!expected.description.isEmpty)
    }

    @Test("size, lines and m= lines are bounded")
    func bounds() throws {
        let head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n"
        let full = head + String(repeating: "m=audio 6 RTP/AVP 0\n", count: 32)
        #expect(try SessionDescription(parsing: Array(full.utf8)).media.count == 32)
        #expect(throws: SDPError.tooManyMedia) {
            try SessionDescription(parsing: Array((full + "m=audio 6 RTP/AVP 0\n").utf8))
        }
        #expect(
            try SessionDescription(parsing: Array((head + String(repeating: "a=x\n", count: 996)).utf8)).attributes
                .count == 996)
        #expect(throws: SDPError.tooManyLines) {
            try SessionDescription(parsing: Array((head + String(repeating: "a=x\n", count: 997)).utf8))
        }
        let padding = String(repeating: "x", count: 65_535 - head.utf8.count - 2)
        #expect(try SessionDescription(parsing: Array((head + "a=" + padding).utf8)).attributes.count == 1)
        #expect(throws: SDPError.tooLarge(octets: 65_536)) {
            try SessionDescription(parsing: Array((head + "a=" + padding + "x").utf8))
        }
    }

    @Test("a value set by a program can't start a line of its own")
    func noInjection() throws {
        var description = try peer("m=audio 6 RTP/AVP 0")
        description.sessionName = "a\r\nm=audio 9 RTP/AVP 8"
        description.attributes = [Attribute("tool", "x\ny")]
        let again = try SessionDescription(parsing: description.serialized)
        #expect(again.media.count == 1)
        #expect(again.attributes == [Attribute("tool", "x y")])
    }

    @Test("Latin-1 and NUL in a name don't stop the call")
    func oddOctets() throws {
        #expect(try SDPFixtures.description("utf8-and-latin1.sdp").sessionName.contains("é"))
        #expect(try SDPFixtures.description("nul-octet.sdp").sessionName == "a b")
    }

    @Test("every fixture that is read survives a round trip", arguments: SDPFixtures.rows)
    func roundTrip(row: SDPFixtures.Row) throws {
        let octets = try SDPFixtures.octets(row.file)
        guard let read = try? SessionDescription(parsing: octets) else {
            #expect(row["parse"] == "reject")
            return
        }
        #expect(try SessionDescription(parsing: read.serialized) == read)
        #expect("\(read.media.count)" == row["m_lines"])
        for line in String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard line.hasPrefix("a="), row["parse"] == "accept" else { continue }
            #expect(read.description.contains(line), "\(line) is lost")
        }
    }
}
