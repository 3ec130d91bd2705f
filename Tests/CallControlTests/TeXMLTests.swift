import Foundation
import ProviderDoubles
import RTPMedia
import Telephony
import TelephonyPrimitives
import Testing
import WebSockets

@testable import CallControl
@testable import Telnyx

/// Calls of TeXML applications, over real sockets.
@Suite("TeXML")
struct TeXMLTests {
    private func sound(_ octet: UInt8) -> [UInt8] { Array(repeating: octet, count: 160) }

    private func echo(
        codec: CallControlConfiguration.Codec = .pcmu, notes: Told<String>? = nil, legs: Told<IncomingLeg>? = nil,
        ends: Told<CallEnd>? = nil
    ) async throws -> Rim {
        try await Rim(codec: codec, servesTeXML: true) { leg in
            legs?.tell(leg)
            try await leg.answer { kind, detail in
                notes?.tell("\(kind): \(detail)")
            } _: { call in
                async let watching: Void = {
                    for await event in call.events {
                        if case .ended(let end) = event { ends?.tell(end) }
                    }
                }()
                for await frame in call.audio where frame.origin == .real { try await call.play(frame) }
                // The sound is over a moment before the call tells of its end.
                await watching
            }
        }
    }

    @Test("A document is served, the stream that it names becomes a call that is talked on, and a callback ends it")
    func usual() async throws {
        let (legs, ends, notes) = (Told<IncomingLeg>(), Told<CallEnd>(), Told<String>())
        let rim = try await echo(notes: notes, legs: legs, ends: ends)
        let page = try await rim.ask([("CallerId", "Alice & Bob"), ("ShakenStirValidated", "true")])
        #expect(page.status == 200 && page.type == "application/xml; charset=utf-8")
        let url = page.streamURL
        #expect(url.hasPrefix("wss://agent.example/telnyx/stream?token="))
        #expect(
            page.body
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect><Stream url=\"\(url)\" "
                + "track=\"inbound_track\" codec=\"PCMU\" bidirectionalMode=\"rtp\" bidirectionalCodec=\"PCMU\" "
                + "bidirectionalSamplingRate=\"8000\" statusCallback=\"https://agent.example/telnyx/texml/status\" "
                + "statusCallbackMethod=\"POST\"/></Connect><Hangup/></Response>\n")
        let leg = try #require(await legs.next())
        #expect(leg.remote == CallParty(address: "+12025550133", displayName: "Alice & Bob"))
        #expect(leg.local.address == "+12025550131" && leg.isTeXML && leg.verification.isValid == true)
        let peer = try await MediaStreamPeer.open(url, port: rim.port)
        // The stream knows it by another name, by which it is commanded from now on.
        try peer.begin(call: "v3:stream")
        for _ in 0..<6 { try peer.say(sound(0x91)) }
        await peer.wait { $0.sound.contains(self.sound(0x91)) }
        #expect(await notes.next()?.hasPrefix("carrier session: session-v3:stream") == true)
        try await rim.tell([("CallStatus", "in-progress")])
        try await rim.tell([("StreamEvent", "stream-started")])
        #expect(
            try await rim.tell([("CallStatus", "completed"), ("HangupCause", "time_limit"), ("HangupSource", "caller")])
                == 200)
        #expect(await ends.next()?.explanation == "Telnyx ended the call: its time limit was reached.")
        await peer.wait { $0.isClosed }
        #expect(rim.double.commands.isEmpty)
        #expect(!rim.lines.all.joined().contains(url.suffix(64)))
        await rim.close()
    }

    @Test(
        "Our hang-up is a command by the name of the stream; keys and transfers too, and the stream outlives a transfer"
    )
    func commands() async throws {
        let rim = try await Rim(servesTeXML: true) { leg in
            try await leg.answer { call in
                try await call.sendDTMF("1")
                guard leg.remote.address == "+12025550134" else { return }
                try await call.transfer(to: "+12025550199")
            }
        }
        let first = try await MediaStreamPeer.open(try await rim.ask().streamURL, port: rim.port)
        try first.begin(call: "v3:stream")
        #expect(await rim.double.next("send_dtmf").call == "v3%3Astream")
        #expect(await rim.double.next("hangup").call == "v3%3Astream")
        await first.wait { $0.isClosed }

        let second = try await MediaStreamPeer.open(
            try await rim.ask([("From", "+12025550134")], call: "v3:texml2").streamURL, port: rim.port)
        try second.begin(call: "v3:texml2")
        let transfer = await rim.double.next("transfer")
        #expect(transfer.call == "v3%3Atexml2" && transfer.fields["to"] == "+12025550199")
        #expect(transfer.fields["webhook_url"] == "https://agent.example/telnyx/webhooks")
        let state = transfer.fields["target_leg_client_state"] ?? ""
        try await rim.post("call.bridged", call: "v3:target", ["client_state": state])
        while await rim.server.live > 0 { await Task.yield() }
        // Its end would be that of the document, and of the call with it.
        #expect(!second.heard.isClosed)
        #expect(Set(rim.double.commands.map(\.action)) == ["send_dtmf", "hangup", "transfer"])
        await rim.close()
    }

    @Test("A stream that breaks is let in with its token once more, for Telnyx opens it by itself; and no more")
    func reconnect() async throws {
        let notes = Told<String>()
        let rim = try await echo(notes: notes)
        let url = try await rim.ask().streamURL
        let first = try await MediaStreamPeer.open(url, port: rim.port)
        try first.begin(call: "v3:texml")
        #expect(await notes.next()?.hasPrefix("carrier session") == true)
        await #expect(throws: WebSocketConnectionError.self) { try await MediaStreamPeer.open(url, port: rim.port) }
        await first.cut()
        #expect(await notes.next() == "stream: The media stream broke off, and is asked for anew.")
        let second = try await MediaStreamPeer.open(url, port: rim.port)
        try second.begin(call: "v3:texml")
        #expect(await notes.next() == "stream: The media stream is there again.")
        await #expect(throws: WebSocketConnectionError.self) { try await MediaStreamPeer.open(url, port: rim.port) }
        #expect(rim.double.commands.isEmpty)
        await rim.close()
    }

    @Test(
        "A document that was lost is made anew until there is a stream; the request of a call that has one, or is over, not"
    )
    func again() async throws {
        let rim = try await echo()
        let (first, second) = (try await rim.ask(), try await rim.ask())
        #expect(first.streamURL != second.streamURL && second.status == 200)
        let peer = try await MediaStreamPeer.open(second.streamURL, port: rim.port)
        try peer.begin(call: "v3:texml")
        for _ in 0..<6 { try peer.say(sound(0x91)) }
        await peer.wait { !$0.sound.isEmpty }
        #expect(try await rim.ask().status == 409)
        try await rim.tell([("CallStatus", "completed")])
        while await rim.server.live > 0 { await Task.yield() }
        #expect(try await rim.ask().status == 409)
        await #expect(throws: WebSocketConnectionError.self) {
            try await MediaStreamPeer.open(first.streamURL, port: rim.port)
        }
        await rim.close()
    }

    @Test("A call for which there is no room is refused by its document, and so is one that nobody takes")
    func busy() async throws {
        let rim = try await Rim(maximumCalls: 1, servesTeXML: true) { leg in
            if leg.remote.address == "+12025550133" { return }
            try await leg.answer { call in for await _ in call.events {} }
        }
        // The handler lets it ring.
        let refused = try await rim.ask()
        #expect(refused.body.contains("<Response><Reject reason=\"busy\"/></Response>"))
        while await rim.server.live > 0 { await Task.yield() }
        _ = try await rim.ask([("From", "+12025550134")], call: "v3:2")
        #expect(try await rim.ask(call: "v3:3").body.contains("<Reject reason=\"busy\"/>"))
        #expect(try await rim.ask([("Direction", "outbound-api")], call: "v3:4").body.contains("<Response><Hangup/>"))
        #expect(rim.double.commands.isEmpty)
        await rim.close()
    }

    @Test("A stream that Telnyx can't open ends the call with its reason")
    func streamFails() async throws {
        let rim = try await Rim(servesTeXML: true) { leg in try await leg.answer { _ in } }
        _ = try await rim.ask()
        try await rim.tell([("StreamEvent", "stream-failed"), ("StreamError", "certificate has expired")])
        _ = await rim.double.next("hangup")
        while await rim.server.live > 0 { await Task.yield() }
        #expect(rim.lines.all.contains { $0.contains("(certificate has expired)") })
        await rim.close()
    }

    @Test("T-40: what is not signed, is changed or old gets no document and no token, whichever way it comes")
    func forged() async throws {
        let rim = try await echo()
        let form = Rim.form()
        for (method, text, signed, status) in [
            ("GET", form, "CallSid=other", 403), ("GET", form, "", 400), ("POST", form, "", 400),
            ("POST", form, form + "&From=%2B1800", 403),
            // Of the time alone.
            ("GET", form, nil, 403), ("POST", "", nil, 400), ("GET", "", nil, 400),
        ] as [(String, String, String?, Int)] {
            let page = try await rim.send(method, "/telnyx/texml", text, signing: signed ?? "", isSigned: signed != "")
            #expect(page.status == status, "\(method) \(signed ?? "-")")
            #expect(page.body.isEmpty)
        }
        #expect(try await rim.send("POST", "/telnyx/texml", form, age: 301).status == 403)
        #expect(await rim.server.live == 0)
        // A GET whose query, path or whole URL is signed is as good as a POST.
        for (number, signed) in ["", "/telnyx/texml?", "https://agent.example/telnyx/texml?"].enumerated() {
            let form = Rim.form(call: "v3:get\(number)")
            #expect(try await rim.send("GET", "/telnyx/texml", form, signing: signed + form).status == 200)
        }
        let refusals = rim.lines.all.filter { $0.contains("refused a request of a TeXML application") }
        #expect(refusals.count == 1 && refusals.first?.contains("let the application use POST") == true)
        await rim.close()
    }

    @Test("Without texml: there is no document; and the port says that it is well, and nothing else")
    func paths() async throws {
        let rim = try await Rim { _ in }
        #expect(try await rim.ask().status == 405)
        let health = try await rim.send("GET", "/healthz", "", isSigned: false)
        #expect(health.status == 200 && health.body == "ok\n")
        let head = try await rim.send("HEAD", "/healthz", "", isSigned: false)
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(try await rim.send("POST", "/healthz", "", isSigned: false).status == 405)
        await rim.close()
    }

    @Test(
        "L16, which TeXML does not have, is PCMU there; the others keep their rates",
        arguments: ["L16", "OPUS", "G722"])
    func codecs(name: String) async throws {
        let codec = try #require(CallControlConfiguration.Codec(rawValue: name))
        let rim = try await echo(codec: codec)
        let page = try await rim.ask()
        let (said, rate) = name == "L16" ? ("PCMU", 8_000) : (name, name == "OPUS" ? 16_000 : 8_000)
        #expect(page.body.contains("bidirectionalCodec=\"\(said)\" bidirectionalSamplingRate=\"\(rate)\""))
        await rim.close()
    }
}

/// What a TeXML application sends and gets.
extension Rim {
    struct Page {
        var status: Int
        var type: String?
        var body: String

        /// Unescaped.
        var streamURL: String {
            guard let start = body.range(of: " url=\"") else { return "" }
            return String(body[start.upperBound...].prefix { $0 != "\"" }).replacing("&amp;", with: "&")
        }
    }

    static func form(_ more: [(String, String)] = [], call: String = "v3:texml") -> String {
        var parameters = ["AccountSid": "a", "CallSid": call, "From": "+12025550133", "To": "+12025550131"]
        parameters.merge(more.map { ($0.0, $0.1) }) { $1 }
        return parameters.sorted { $0.key < $1.key }.map { "\($0)=\(URLText.encoded($1))" }.joined(separator: "&")
    }

    /// A call comes in: what is to be done with it?
    func ask(_ more: [(String, String)] = [], call: String = "v3:texml") async throws -> Page {
        try await send("POST", "/telnyx/texml", Self.form(more, call: call))
    }

    @discardableResult func tell(_ what: [(String, String)], call: String = "v3:texml") async throws -> Int {
        try await send("POST", "/telnyx/texml/status", Self.form(what, call: call)).status
    }

    /// - Parameters:
    ///   - text: the body, or the query.
    ///   - signed: what is signed; `nil`: that.
    func send(
        _ method: String, _ path: String, _ text: String, signing signed: String? = nil, isSigned: Bool = true,
        age: Int64 = 0
    ) async throws -> Page {
        let isPost = method == "POST"
        let target = isPost || text.isEmpty ? path : "\(path)?\(text)"
        var lines = ["\(method) \(target) HTTP/1.1", "host: agent", "connection: close"]
        if isSigned {
            let time = Self.now - age
            lines += [
                "telnyx-timestamp: \(time)",
                "telnyx-signature-ed25519: \(sign(Array("\(time)|\(signed ?? text)".utf8)))",
            ]
        }
        if isPost {
            lines += ["content-type: application/x-www-form-urlencoded", "content-length: \(text.utf8.count)"]
        }
        let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + (isPost ? text : "")
        let answer = String(decoding: try await RawHTTP.exchange(Array(request.utf8), with: port), as: UTF8.self)
        let type = answer.range(of: "content-type: ").map { answer[$0.upperBound...].prefix { $0 != "\r\n" } }
        let body = answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) }
        return Page(
            status: RawHTTP.status(of: Array(answer.utf8)), type: type.map(String.init), body: body ?? "")
    }
}
