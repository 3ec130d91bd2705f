import SIPCore
import TelephonyPrimitives
import Testing

@testable import Sandbox

/// Calls of an application that asks for documents (E).
@Suite("E: TeXML")
struct TeXMLTests {
    private static let talk =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n <!-- talk --><Connect>"
        + "<Stream url='wss://agent.example/s?a=1&amp;t=2' bidirectionalMode=\"rtp\" statusCallback=\"http://agent.example/s\">"
        + "<Parameter name=\"a\" value=\"1\"/></Stream></Connect></Response>"

    private func desk(method: String = "post", _ change: (inout SandboxSettings) -> Void = { _ in }) -> Desk {
        var desk = Desk.controlled { settings in
            settings.callControl?.documentURL = "http://agent.example/texml?x=1"
            settings.callControl?.statusURL = "http://agent.example/status"
            change(&settings)
        }
        if method == "get" {
            let id = CallControlSettings.documentApplicationID
            let changed = desk.ask(
                "PATCH", "/texml_applications/\(id)",
                [
                    "friendly_name": "d", "voice_url": "http://agent.example/texml?x=1", "voice_method": "get",
                    "voice_fallback_url": "http://other.example/texml",
                ])
            #expect(changed.status == 200)
        }
        return desk
    }

    @Test("A telephone calls, the document is asked for, the stream opened, and the call over with it")
    func usual() throws {
        var desk = desk()
        desk.phoneCallsApplication()
        let fetch = try #require(desk.api.fetches.first)
        #expect(fetch.order.method == "POST" && fetch.order.url == "http://agent.example/texml?x=1")
        let form = String(decoding: fetch.order.body, as: UTF8.self)
        #expect(form.contains("&From=%2B12025550133&To=%2B12025550131&") && form.contains("CallStatus=ringing"))
        #expect(fetch.order.headers["telnyx-signature-ed25519"]?.utf8.count == 88)
        desk.take(.control(.fetched(fetch.number, status: 200, Array(Self.talk.utf8))))
        let answered = desk.response(to: Desk.phoneWire)
        let answer = try #require(answered)
        #expect(answer.status == 200)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        let stream = try #require(desk.api.opened.last)
        #expect(stream.url == "wss://agent.example/s?a=1&t=2")
        desk.take(.control(.streamOpened(stream.number)))
        let start = try #require(desk.api.messages("start").first?["start"])
        #expect(start["custom_parameters"]?["a"] == "1")
        desk.take(.control(.streamClosed(stream.number)))
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
        let told = desk.api.posts.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(
            desk.api.posts.map(\.url) == ["status", "status", "s", "s", "status"].map { "http://agent.example/\($0)" })
        for (text, part) in zip(
            told,
            [
                "CallStatus=initiated", "CallStatus=in-progress", "StreamEvent=stream-started",
                "StreamEvent=stream-stopped", "CallStatus=completed",
            ])
        { #expect(text.contains(part), "\(text)") }
        #expect(told.last?.contains("HangupCause=normal_clearing&HangupSource=callee") == true)
    }

    @Test("By GET the parameters are in the query; an answer that is no document is followed by the other address")
    func fallback() throws {
        var desk = desk(method: "get")
        desk.phoneCallsApplication()
        #expect(desk.api.fetches.first?.order.url.hasPrefix("http://agent.example/texml?x=1&AccountSid=") == true)
        for (status, text) in [(404, ""), (200, "<Response>")] as [(Int?, String)] {
            let number = try #require(desk.api.fetches.last?.number)
            desk.take(.control(.fetched(number, status: status, Array(text.utf8))))
        }
        #expect(desk.api.fetches.count == 2)
        #expect(desk.api.fetches.last?.order.url.hasPrefix("http://other.example/texml?AccountSid=") == true)
        #expect(desk.response(to: Desk.phoneWire)?.status == 480)
    }

    @Test(
        "Verbs before the answer",
        arguments: [
            ("<Reject reason=\"busy\"/>", 486, "CallStatus=busy"), ("<Reject/>", 603, "CallStatus=failed"),
            ("<Hangup/>", 480, "CallStatus=failed"), ("<Say>Hello &amp; bye</Say>", 480, "CallStatus=failed"),
        ])
    func verbs(verb: String, status: Int, told: String) throws {
        var desk = desk()
        desk.phoneCallsApplication()
        let number = try #require(desk.api.fetches.first?.number)
        desk.take(.control(.fetched(number, status: 200, Array("<Response>\(verb)</Response>".utf8))))
        #expect(desk.response(to: Desk.phoneWire)?.status == status)
        #expect(desk.api.posts.last.map { String(decoding: $0.body, as: UTF8.self) }?.contains(told) == true)
    }

    @Test(
        "A stream that is cut is opened again by itself, unless the document says otherwise", arguments: [true, false])
    func reconnect(isWanted: Bool) throws {
        var desk = desk { $0.fault = .streamCut }
        desk.phoneCallsApplication()
        let number = try #require(desk.api.fetches.first?.number)
        let text = isWanted ? Self.talk : Self.talk.replacing("<Stream ", with: "<Stream enableReconnect=\"false\" ")
        desk.take(.control(.fetched(number, status: 200, Array(text.utf8))))
        let answered = desk.response(to: Desk.phoneWire)
        let answer = try #require(answered)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        let first = try #require(desk.api.opened.last?.number)
        desk.take(.control(.streamOpened(first)))
        desk.pass(.seconds(6))
        #expect(desk.api.cut == [first])
        #expect(desk.api.opened.count == (isWanted ? 2 : 1))
        #expect((desk.request(.bye, to: Desk.phoneWire) == nil) == isWanted)
        guard isWanted else { return }
        // It is refused at first.
        for count in 3...4 {
            let again = try #require(desk.api.opened.last?.number)
            desk.take(.control(.streamFailed(again, "403")))
            desk.pass(.seconds(1))
            #expect(desk.api.opened.count == count)
        }
        let last = try #require(desk.api.opened.last?.number)
        desk.take(.control(.streamOpened(last)))
        desk.pass(.seconds(10))
        #expect(desk.api.cut == [first] && desk.request(.bye, to: Desk.phoneWire) == nil)
    }

    @Test("The document is read as strictly as XML is")
    func reading() throws {
        let root = try TeXMLElement.parse(
            Array(
                "\u{FEFF}<?xml version='1.0'?><!-- a --><A b = \"1&#65;&#x42;&lt;\" c='\"'>t&amp;<B/><C></C ></A>\n"
                    .utf8))
        #expect(
            root
                == TeXMLElement(
                    name: "A", attributes: ["b": "1AB<", "c": "\""],
                    children: [TeXMLElement(name: "B"), TeXMLElement(name: "C")]))
        let deep = String(repeating: "<A>", count: 20) + String(repeating: "</A>", count: 20)
        for wrong in [
            "", "x", "<", "<A", "<A>", "</A>", "<A></B>", "<A/><B/>", "<A/>x", "<A b/>", "<A b=1/>", "<A b='1/>",
            "<A b='1'b='2'/>", "<A b='1' b='2'/>", "<A b='<'/>", "<A b='&'/>", "<A b='&x;'/>", "<A>&amp</A>", "<1/>",
            "<A><!-- </A>", "<A b='&#0;'/>", "<A b='&#xD800;'/>", "<!DOCTYPE A><A/>", deep,
            "<A>" + String(repeating: " ", count: 70_000) + "</A>",
        ] {
            #expect(throws: TeXMLElement.Fault.self, "\(wrong.prefix(20))") {
                try TeXMLElement.parse(Array(wrong.utf8))
            }
        }
        #expect(throws: TeXMLElement.Fault.self) { try TeXMLElement.parse([0x3C, 0x41, 0xFF, 0x2F, 0x3E]) }
    }
}
