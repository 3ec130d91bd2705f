import Testing

@testable import Telnyx

@Suite("TeXML documents and requests")
struct TeXMLDocumentTests {
    @Test("Each document, word for word")
    func documents() {
        var stream = StreamOptions(url: "wss://agent.example/s?a=1&token=\"<2>'")
        stream.codec = .opus
        stream.reply = StreamFormat(.opus, sampleRate: 16_000)
        let rows: [(TeXMLDocument, String)] = [
            (
                .connect(stream, callback: "https://agent.example/c?x=1&y=2"),
                "<Connect><Stream url=\"wss://agent.example/s?a=1&amp;token=&quot;&lt;2&gt;&apos;\" "
                    + "track=\"inbound_track\" codec=\"OPUS\" bidirectionalMode=\"rtp\" bidirectionalCodec=\"OPUS\" "
                    + "bidirectionalSamplingRate=\"16000\" statusCallback=\"https://agent.example/c?x=1&amp;y=2\" "
                    + "statusCallbackMethod=\"POST\"/></Connect><Hangup/>"
            ), (.reject(.busy), "<Reject reason=\"busy\"/>"), (.reject(.rejected), "<Reject reason=\"rejected\"/>"),
            (.hangUp, "<Hangup/>"),
        ]
        for (document, verbs) in rows {
            #expect(
                document.xml == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\(verbs)</Response>\n")
        }
        stream.reply = nil
        stream.codec = nil
        stream.url = "wss://a"
        #expect(
            TeXMLDocument.connect(stream, callback: nil).xml.contains(
                "<Stream url=\"wss://a\" track=\"inbound_track\"/>"))
    }

    @Test("What is no ASCII is written by number, and what XML can't have is left out")
    func escaping() {
        #expect(
            TeXMLDocument.escaped("a\u{0}\u{8}\u{B}\u{FFFF}b\tc\n\r\u{7F}é\u{1F600}")
                == "ab&#9;c&#10;&#13;&#127;&#233;&#128512;")
    }

    @Test(
        "What a callback tells is what a webhook of Call Control would",
        arguments: [
            ("CallStatus=in-progress", "answered"), ("CallStatus=completed", "hangup normal_clearing"),
            ("CallStatus=completed&HangupCause=time_limit&SipHangupCause=200", "hangup time_limit 200"),
            ("CallStatus=busy", "hangup user_busy"), ("CallStatus=no-answer", "hangup no_answer"),
            ("CallStatus=canceled", "hangup originator_cancel"), ("CallStatus=failed", "hangup unspecified"),
            ("CallStatus=ringing", "nothing"), ("", "nothing"),
            ("StreamEvent=stream-started", "started"), ("StreamEvent=stream-stopped", "stopped"),
            ("StreamEvent=stream-failed&StreamError=Connection+timeout", "failed Connection timeout"),
            ("StreamEvent=stream-error", "failed unknown"),
        ])
    func events(form: String, told: String) throws {
        let request = TeXMLRequest(Self.parameters("CallSid=v3%3Aa&" + form))
        #expect(request.call.control == "v3:a")
        let text =
            switch request.event {
            case .answered: "answered"
            case .hangup(let ending): "hangup \(ending.cause)" + (ending.sipStatus.map { " \($0)" } ?? "")
            case .streamingStarted: "started"
            case .streamingStopped: "stopped"
            case .streamingFailed(let failure): "failed \(failure.reason)"
            case nil: "nothing"
            default: "something else"
            }
        #expect(text == told)
    }

    @Test("Who calls whom, and whether that is sure")
    func beginning() {
        let request = TeXMLRequest(
            Self.parameters(
                "CallSid=c&From=%2B1202&To=%2B1303&CallerId=%2B1202&ShakenStirValidated=true&ShakenStirAttestation=A"
                    + "&ConnectionId=7&Direction=inbound"))
        #expect(request.beginning.parties.from == "+1202" && request.beginning.parties.to == "+1303")
        // The number once more is no name.
        #expect(request.beginning.callerName == nil && request.beginning.isIdentityValid == true)
        #expect(request.beginning.attestation == "A" && request.call.connection == "7")
        #expect(request.direction == .incoming)
        #expect(TeXMLRequest(["Direction": "outbound-dial"]).direction == .outgoing)
        #expect(TeXMLRequest([:]).direction == nil)
    }

    private static func parameters(_ form: String) -> [String: String] {
        Dictionary(URLText.members(of: form, atMost: 100).map { ($0.name, $0.value) }) { first, _ in first }
    }
}
