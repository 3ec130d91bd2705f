import Testing

@testable import SIPCore

@Suite("Bodies of several parts")
struct MultipartBodyTests {
    static func type(_ text: String = "multipart/mixed;boundary=b") throws -> MediaType { try MediaType(parsing: text) }

    static func octets(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

    @Test("Parts are told apart, with their headers and every octet of their content")
    func parts() throws {
        let body = try MultipartBody(
            parsing: Self.octets(
                "preamble", "--b", "Content-Type: application/sdp", "", "v=0", "o=x", "--b  ", "", "plain", "--bogus",
                "--b", "Content-Type: application/isup;", " version=x", "Content-Disposition: signal;handling=optional",
                "Content-ID: <id@x>", "", "\u{0}\u{1}--b", "", "--b--", "epilogue"), as: try Self.type())
        #expect(body.subtype == "mixed")
        #expect(
            body.parts.map(\.octets) == [
                Array("v=0\r\no=x".utf8), Array("plain\r\n--bogus".utf8), Array("\u{0}\u{1}--b\r\n".utf8),
            ])
        #expect(
            try body.parts.map { try $0.contentType.essence } == ["application/sdp", "text/plain", "application/isup"])
        #expect(try body.parts.map { try $0.disposition.type } == ["session", "render", "signal"])
        #expect(try body.parts.map { try $0.disposition.isRequired } == [true, true, false])
        #expect(try body.parts[2].contentType.parameters.value(of: "version") == "x")
        #expect(body.parts[2].id == "id@x")
    }

    @Test("Bare line feeds end lines too, an empty part is a part, and a quoted boundary may have blanks")
    func odd() throws {
        let body = try MultipartBody(
            parsing: Array("--a b\nContent-Type: text/plain\n\nx\n--a b\n\n--a b--".utf8),
            as: try Self.type("multipart/mixed;boundary=\"a b\""))
        #expect(body.parts.map(\.octets) == [Array("x".utf8), []])
    }

    static let broken: [(name: String, type: String, text: String)] = [
        ("no boundary parameter", "multipart/mixed", "--b\r\n\r\nx\r\n--b--"),
        ("a boundary that is too long", "multipart/mixed;boundary=" + String(repeating: "b", count: 71), "x"),
        ("no boundary in it", "multipart/mixed;boundary=b", "v=0"),
        ("no last boundary", "multipart/mixed;boundary=b", "--b\r\n\r\nx\r\n"),
        ("no part", "multipart/mixed;boundary=b", "--b--"),
        ("a header without name", "multipart/mixed;boundary=b", "--b\r\n: x\r\n\r\nx\r\n--b--"),
        ("a header that is none", "multipart/mixed;boundary=b", "--b\r\nno header\r\n\r\nx\r\n--b--"),
        ("another type", "text/plain;boundary=b", "--b\r\n\r\nx\r\n--b--"),
        ("too many parts", "multipart/mixed;boundary=b", String(repeating: "--b\r\n\r\nx\r\n", count: 33) + "--b--"),
        (
            "too many headers", "multipart/mixed;boundary=b",
            "--b\r\n" + String(repeating: "a: b\r\n", count: 33) + "\r\nx\r\n--b--"
        ),
        (
            "headers that are too long", "multipart/mixed;boundary=b",
            "--b\r\na: b\r\n" + String(repeating: " \(String(repeating: "x", count: 1000))\r\n", count: 9)
                + "\r\n\r\n--b--"
        ),
    ]

    @Test("What can't be told apart is refused, and so is too much", arguments: broken)
    func refused(name: String, type: String, text: String) throws {
        let type = try Self.type(type)
        #expect(throws: ParseError.self, "\(name)") { try MultipartBody(parsing: Array(text.utf8), as: type) }
    }

    @Test("Bodies in bodies are read to a depth, and not beyond")
    func depth() throws {
        func nested(_ depth: Int) -> Body {
            let sdp = BodyPart(Body(contentType: "application/sdp", octets: Array("v=0".utf8)))
            return (0..<depth).reduce(MultipartBody([sdp]).makeBody()) { body, _ in
                MultipartBody([BodyPart(body)]).makeBody()
            }
        }
        func message(_ body: Body) -> Request {
            var builder = MessageBuilder(request: .invite, uri: .other(scheme: "urn", text: "x:y"))
            builder.setBody(body.octets, contentType: body.contentType)
            return builder.buildRequest()
        }
        #expect(try message(nested(3)).bodyParts.map(\.octets) == [Array("v=0".utf8)])
        #expect(message(nested(3)).sessionDescription == Array("v=0".utf8))
        #expect(throws: ParseError.self) { try message(nested(4)).bodyParts }
        #expect(message(nested(4)).sessionDescription == nil)
    }

    @Test("What was made is read back the same, whatever is in the parts")
    func roundTrip() throws {
        let parts = [
            BodyPart(
                Body(contentType: "application/sdp", octets: Array("v=0\r\n".utf8)),
                disposition: ContentDisposition("session", isRequired: true)),
            BodyPart(
                Body(contentType: "text/plain", octets: Array("--part-boundary--\r\n--part-boundary-1".utf8)), id: "x"),
            BodyPart(Body(contentType: "application/octet-stream", octets: Array(0...255))),
        ]
        let made = MultipartBody(parts, subtype: "mixed").makeBody()
        let read = try MultipartBody(parsing: made.octets, as: try Self.type(made.contentType))
        #expect(read.parts.map(\.octets) == parts.map(\.octets))
        #expect(
            read.parts.map { $0.headers.map { "\($0.0): \($0.1)" } }
                == parts.map { $0.headers.map { "\($0.0): \($0.1)" } })
    }

    // MARK: In a call

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var contentType = "multipart/mixed;boundary=b"
        var body: String
        var headers: [String] = []
        /// What the INVITE is refused with; `nil` when it comes in.
        var status: Int?
        var description: String?

        var testDescription: String { name }
    }

    static func text(_ parts: [String]) -> String { parts.map { "--b\r\n\($0)\r\n" }.joined() + "--b--\r\n" }

    static let sdp = "Content-Type: application/sdp\r\n\r\nv=0 offer"
    static let isup = "Content-Type: application/isup\r\n\r\nx"
    static let optionalISUP =
        "Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n\r\nx"

    static let rows = [
        Row(name: "a description among optional parts", body: text([optionalISUP, sdp]), description: "v=0 offer"),
        Row(name: "a part that has to be understood and is not", body: text([sdp, isup]), status: 415),
        Row(
            name: "alternatives of which one is understood", contentType: "multipart/alternative;boundary=b",
            body: text([sdp, isup]), description: "v=0 offer"),
        Row(
            name: "alternatives of which none is understood", contentType: "multipart/alternative;boundary=b",
            body: text([isup, isup]), status: 415),
        Row(
            name: "of two alternatives the last one", contentType: "multipart/alternative;boundary=b",
            body: text([sdp, "Content-Type: application/sdp\r\n\r\nv=0 better"]), description: "v=0 better"),
        Row(
            name: "an unknown kind of multipart is mixed", contentType: "multipart/whatever;boundary=b",
            body: text([optionalISUP, sdp]), description: "v=0 offer"),
        Row(
            name: "alternatives among parts",
            body: text([
                optionalISUP,
                "Content-Type: multipart/alternative;boundary=c\r\n\r\n--c\r\n\(sdp)\r\n--c\r\n\(isup)\r\n--c--",
            ]), description: "v=0 offer"),
        Row(name: "no description at all, which makes no offer", body: text([optionalISUP]), description: nil),
        Row(
            name: "a description that is packed",
            body: text(["Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n\r\nx"]), status: 415),
        Row(
            name: "a description for something unknown",
            body: text(["Content-Type: application/sdp\r\nContent-Disposition: x-unknown\r\n\r\nv=0"]), status: 415),
        Row(name: "parts that can't be told apart", body: "v=0", status: 400),
        Row(
            name: "one body that may be passed over", contentType: "application/isup", body: "x",
            headers: ["Content-Disposition: signal;handling=optional"], description: nil),
        Row(name: "one body of an unknown type", contentType: "application/isup", body: "x", status: 415),
        Row(
            name: "one description that says what it is for", contentType: "application/sdp", body: "v=0 offer",
            headers: ["Content-Disposition: session;handling=required"], description: "v=0 offer"),
    ]

    @Test("An INVITE's description is found among its parts, and what must be understood is refused", arguments: rows)
    func invite(_ row: Row) throws {
        var stage = Stage()
        stage.request("INVITE", headers: row.headers, body: row.body, contentType: row.contentType)
        if let status = row.status {
            let refusal = try #require(stage.lastResponse(to: .invite))
            #expect(refusal.status == status)
            #expect(stage.incoming.isEmpty)
            if status == 415 { #expect(refusal.list(of: .accept).contains("multipart/mixed")) }
            return
        }
        guard case .incoming(let id, let request, _)? = stage.events.first else {
            Issue.record("the call did not come in")
            return
        }
        #expect(request.sessionDescription == row.description.map { Array($0.utf8) })
        // With an offer in the INVITE our 200 answers it; without one it offers, and the ACK has to answer.
        stage.command(.answer(id, body: .answer))
        try stage.learnOurTag()
        stage.acknowledge()
        #expect(stage.ends.map(\.cause) == (row.description == nil ? [.acknowledgementMissing] : []))
    }

    @Test("An answer among other parts of a 200 is an answer, and one in an ACK too")
    func answers() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        var builder = MessageBuilder(response: 200, to: invite, toTag: Tag("peer"))
        builder.add(.contact, "<sip:bob@\(Stage.peer)>")
        builder.setBody(
            Array(Self.text([Self.optionalISUP, Self.sdp]).utf8), contentType: "multipart/mixed;boundary=b")
        stage.feed(.datagram(builder.buildResponse().octets, stage.flow))
        guard case .answered(_, let response, offerPending: false)? = stage.events.last else {
            Issue.record("not answered")
            return
        }
        #expect(response.sessionDescription == Array("v=0 offer".utf8))

        var callee = Stage()
        callee.request("INVITE")
        callee.command(.answer(try #require(callee.incoming.first), body: .offer))
        try callee.learnOurTag()
        callee.request(
            "ACK", sequence: callee.peerSequence, body: Self.text([Self.optionalISUP, Self.sdp]),
            contentType: "multipart/mixed;boundary=b")
        guard case .acknowledged(_, let body)? = callee.events.last else {
            Issue.record("not acknowledged")
            return
        }
        #expect(body == Array("v=0 offer".utf8))
    }
}
