import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A header that is for people or for applications")
struct CarriedHeaderTests {
    static let fields = [
        ("Accept-Language", "da, en-gb;q=0.8"), ("Alert-Info", "<http://www.example.com/sounds/moo.wav>"),
        ("Authentication-Info", "nextnonce=\"47364c23432d2e131a5fb210812c\""),
        ("Call-Info", "<http://wwww.example.com/alice/photo.jpg> ;purpose=icon"),
        ("Content-Disposition", "session;handling=required"), ("Content-Language", "fr"),
        ("Date", "Sat, 13 Nov 2010 23:29:00 GMT"),
        ("Error-Info", "<sip:announcement@example.com>"),
        ("Identity", "eyJhbGciOiJFUzI1NiJ9..c2ln;info=<https://cert.example.com/a.cer>"),
        ("In-Reply-To", "70710@saturn.example.com, 17320@saturn.example.com"), ("MIME-Version", "1.0"),
        ("Organization", "Boxes by Bob"),
        ("Priority", "emergency"), ("Privacy", "id;critical"),
        ("Proxy-Require", "foo"), ("Reason", "SIP ;cause=200 ;text=\"Call completed elsewhere\""),
        ("Reply-To", "Bob <sip:bob@example.com>"), ("Subject", "Need more boxes"),
        ("User-to-User", "56a390f3d2b7310023a2;encoding=hex"), ("Warning", "307 isi.edu \"Session parameter\""),
    ]

    @Test("goes out as it was given and comes in as it was written, in requests and answers", arguments: fields)
    func carried(name: String, value: String) throws {
        let header = HeaderName(name)
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .answer(id, body: .answer, headers: [(header, value)]))
            }
        }
        _ = try link.call(headers: [(header, value)])
        link.run(.seconds(1))
        let received = link.events[1].compactMap { event -> [String]? in
            if case .incoming(_, let request, _) = event { request.values(of: header) } else { nil }
        }
        let answered = link.events[0].compactMap { event -> [String]? in
            if case .answered(_, let response, _) = event { response.values(of: header) } else { nil }
        }
        #expect(received == [[value]])
        #expect(answered == [[value]])
    }

    @Test("that says why goes into BYE, CANCEL and refusals (RFC 3326 §2)")
    func reason() throws {
        let reason = "Q.850;cause=16;text=\"Terminated\""
        for plot in ["BYE", "CANCEL"] {
            var link = VirtualLink()
            link.react = { link, side, event in
                guard case .incoming(let id, _, _) = event else { return }
                link.command(side, plot == "BYE" ? .answer(id, body: .answer) : .ring(id))
            }
            let id = try link.call()
            link.run(.seconds(1))
            link.command(.alice, .end(id, reasonHeader: reason))
            link.run(.seconds(40))
            #expect(link.messages(from: .alice, plot).first?.message.fields.first(.reason) == reason)
            #expect(link.ends(.bob).first?.request?.first(.reason) == reason)
        }
        var stage = Stage()
        stage.request("INVITE", body: "v=0")
        stage.command(.reject(try #require(stage.incoming.first), status: 486, headers: [(.reason, reason)]))
        #expect(stage.lastResponse(to: .invite)?.first(.reason) == reason)
    }

    @Test("by which the caller measures the way comes back with 100 (RFC 3261 §8.2.6.1)")
    func timestamp() {
        var stage = Stage()
        stage.request("INVITE", headers: ["Timestamp: 54.21"], body: "v=0")
        #expect(stage.lastResponse(to: .invite)?.status == 100)
        #expect(stage.lastResponse(to: .invite)?.first(.timestamp) == "54.21")
    }
}
