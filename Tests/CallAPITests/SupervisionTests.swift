import Agent
import Synchronization
import Telephony
import Testing

@testable import CallAPI

/// Those who listen to calls, tell agents something and take calls over, over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct SupervisionTests {
    /// Lets it ring until nobody wants it any more.
    private final class Line: SupervisorLine {
        let orders = Mutex([SupervisionOrder]())

        func call(
            _ order: SupervisionOrder, about call: any Call, ringing: @escaping @Sendable () -> Void,
            _ body: @escaping @Sendable (any Call) async -> Void
        ) async throws(CallError) {
            orders.withLock { $0.append(order) }
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
            throw .ended(CallEnd(cause: .localHangUp, explanation: "It was withdrawn."))
        }
    }

    private static let token = String(repeating: "a", count: 32)

    /// A call that is up, and an agent whose model heeds notes, while `act` happens.
    private func supervised(
        takesNotes: Bool = true, tokens: String? = nil,
        _ act: (_ desk: Desk, _ call: HeldCall, _ line: Line, _ notes: AsyncStream<SupervisorNote>) async throws -> Void
    ) async throws {
        let desk = try Desk(
            { settings in
                if let tokens { settings.tokens = try BearerTokens(parsing: tokens) }
            }, abilities: takesNotes ? [.notes] : [])
        let (supervision, line) = (SupervisionDesk(), Line())
        let (call, _) = desk.callUp(supervision: supervision)
        let (notes, sink) = AsyncStream.makeStream(of: SupervisorNote.self)
        if takesNotes { supervision.attach(SupervisedAgent(note: { sink.yield($0) }, isTransferring: { false })) }
        let running = CallSupervision(call, line: line, desk: supervision) { [line = desk.line] in
            line.note($0(30), of: call.id)
        }
        let watching = Task { await running.watch() }
        while supervision.sampleRate == nil { await Task.yield() }
        try await act(desk, call, line, notes)
        await running.close()
        watching.cancel()
        _ = await watching.value
    }

    private func events(_ desk: Desk) -> [String] {
        desk.line.recorded.withLock { $0 }.compactMap {
            if case .event(let kind, let detail, _) = $0 { "\(kind): \(detail)" } else { nil }
        }
    }

    @Test("A supervisor is called, once for a call, changes what they do, and goes; the record says who wanted it")
    func supervise() async throws {
        try await supervised(tokens: "\(String(repeating: "b", count: 16)) \(Self.token)") {
            desk, call, line, _ in
            let (path, headers) = ("/v1/calls/\(call.id)/supervise", [("Authorization", "Bearer \(Self.token)")])
            let first = await desk.ask("POST", path, "{\"to\": \"sip:lead@example.com\"}", headers: headers)
            #expect(first.status == 202 && first.json["mode"] == "listen")
            while line.orders.withLock({ $0.isEmpty }) { await Task.yield() }
            let order = try #require(line.orders.withLock { $0.first })
            #expect(order.target == "sip:lead@example.com" && order.mode == .listen && order.by == "token 2")
            let second = await desk.ask("POST", path, "{\"to\": \"sip:lead@example.com\"}", headers: headers)
            #expect(second.status == 409 && second.code == "supervised")
            let change = await desk.ask("POST", path, "{\"mode\": \"takeover\"}", headers: headers)
            #expect(change.status == 202 && change.json["mode"] == "takeover")
            #expect(await desk.ask("DELETE", path, headers: headers).status == 204)
            while desk.calls.entry(call.id)?.log.after(0).events.last?.data.contains("ended by token 2") != true {
                await Task.yield()
            }
            #expect(
                events(desk) == [
                    "supervision: sip:lead@example.com to listen, by token 2", "supervision over: ended by token 2",
                ])
        }
    }

    @Test("What is not there, or can't be, is said to be so")
    func refused() async throws {
        try await supervised { desk, call, _, _ in
            let path = "/v1/calls/\(call.id)/supervise"
            for (body, status, code) in [
                ("{\"mode\": \"listen\"}", 409, "not_supervised"), ("{}", 400, "missing_member"),
                ("{\"mode\": \"shout\"}", 400, "bad_member"), ("{\"to\": \"lead\"}", 422, "bad_destination"),
                ("{\"to\": 7}", 400, "bad_member"),
                ("{\"to\": \"sip:lead@example.com\", \"x\": 1}", 400, "unknown_member"),
                // It has no ears of its own here.
                ("{\"to\": \"sip:lead@example.com\", \"mode\": \"whisper\"}", 409, "no_hearing"),
            ] {
                let answer = await desk.ask("POST", path, body)
                #expect(answer.status == status && answer.code == code, "\(body): \(answer.text)")
            }
            #expect(await desk.ask("DELETE", path).code == "not_supervised")
            #expect(await desk.ask("DELETE", "/v1/calls/none/supervise").status == 404)
        }
    }

    @Test("T-12, T-17: nobody listens whom no list names", arguments: ["+19005550100", "sip:x@evil.example"])
    func notAllowed(to: String) async throws {
        try await supervised { desk, call, line, _ in
            let answer = await desk.ask("POST", "/v1/calls/\(call.id)/supervise", "{\"to\": \"\(to)\"}")
            #expect(answer.status == 403 && answer.code == "destination_not_allowed")
            #expect(line.orders.withLock { $0.isEmpty } && events(desk).isEmpty)
        }
    }

    @Test("T-43: without a token nobody listens, whispers or takes over")
    func token() async throws {
        try await supervised(tokens: Self.token) { desk, call, line, _ in
            let path = "/v1/calls/\(call.id)"
            for (method, end, body) in [
                ("POST", "/supervise", "{\"to\": \"sip:lead@example.com\"}"), ("DELETE", "/supervise", nil),
                ("POST", "/whisper", "{\"text\": \"Hello.\"}"), ("GET", "/audio", nil),
            ] as [(String, String, String?)] {
                #expect(await desk.ask(method, path + end, body).status == 401)
            }
            #expect(line.orders.withLock { $0.isEmpty } && events(desk).isEmpty)
        }
    }

    @Test("A note reaches the model, and the record has it")
    func whisper() async throws {
        try await supervised { desk, call, _, notes in
            let path = "/v1/calls/\(call.id)/whisper"
            #expect(await desk.ask("POST", path, "{\"text\": \"Offer\\n(her) Tuesday.\"}").status == 202)
            #expect(await notes.first { _ in true } == .advice("Offer her Tuesday."))
            #expect(events(desk) == ["supervisor note: this machine: Offer her Tuesday."])
            let long = "{\"text\": \"\(String(repeating: "a", count: SupervisorNote.longestAdvice + 1))\"}"
            for body in [long, "{}", "{\"text\": \"\"}", "{\"text\": 7}"] {
                #expect(await desk.ask("POST", path, body).status == 400)
            }
        }
    }

    @Test("An agent without a model is told nothing")
    func noNotes() async throws {
        try await supervised(takesNotes: false) { desk, call, _, _ in
            let path = "/v1/calls/\(call.id)"
            #expect(await desk.ask("POST", path + "/whisper", "{\"text\": \"Hello.\"}").code == "no_notes")
            let mode = "{\"to\": \"sip:lead@example.com\", \"mode\": \"whisper\"}"
            #expect(await desk.ask("POST", path + "/supervise", mode).code == "no_notes")
        }
    }

    @Test(
        "Who listens over HTTP gets the caller left and the agent right, until the end; the record says since when and until when",
        arguments: [("", "audio/wav"), ("?format=l16", "audio/L16; rate=8000; channels=2")])
    func listens(query: String, type: String) async throws {
        try await supervised { desk, call, _, _ in
            let path = "/v1/calls/\(call.id)/audio\(query)"
            // The head alone is no listening.
            #expect(await desk.ask("HEAD", path).status == 200)
            let answer = await desk.ask("GET", path)
            #expect(answer.status == 200 && answer.header("content-type") == type && events(desk).isEmpty)
            let source = try #require(answer.source)
            if query.isEmpty {
                let header = try #require(await source.next())
                #expect(header.count == 44 && header == LiveSoundReader.header(sampleRate: 8_000))
                call.passes(heard: [1, -2], sent: [256, 3])
                #expect(await source.next() == [1, 0, 0, 1, 0xFE, 0xFF, 3, 0])
            } else {
                async let first = source.next()
                while !call.hasTap { await Task.yield() }
                call.passes(heard: [1, -2], sent: [256, 3])
                #expect(await first == [0, 1, 1, 0, 0xFF, 0xFE, 0, 3])
            }
            #expect(events(desk) == ["listening: over HTTP, by this machine"])
            for _ in 0..<200 { call.passes(heard: [1], sent: [1]) }
            source.close()
            #expect(await source.next() == nil)
            while call.hasTap { await Task.yield() }
            #expect(events(desk).last == "listening over: 1.0 s were lost on a slow listener")
            #expect(await desk.ask("GET", "/v1/calls/\(call.id)/audio?format=mp3").status == 400)
        }
    }

    @Test("The header is that of a WAV file of two channels and 16 bits, without an end")
    func header() {
        let header = LiveSoundReader.header(sampleRate: 16_000)
        #expect(header.prefix(12) == [0x52, 0x49, 0x46, 0x46, 255, 255, 255, 255, 0x57, 0x41, 0x56, 0x45][...])
        #expect(header[20..<36] == [1, 0, 2, 0, 0x80, 0x3E, 0, 0, 0, 0xFA, 0, 0, 4, 0, 16, 0][...])
        #expect(header.suffix(8) == [0x64, 0x61, 0x74, 0x61, 255, 255, 255, 255][...])
    }

    @Test("A listener is one of those whom the server takes at once, and gives the place back")
    func places() async throws {
        try await supervised { desk, call, _, _ in
            let path = "/v1/calls/\(call.id)/audio"
            var sources: [any OctetSource] = []
            while desk.calls.hasRoomForReader, sources.count < 1_000 {
                let source = try #require(await desk.ask("GET", path).source)
                _ = await source.next()
                sources.append(source)
            }
            #expect(await desk.ask("GET", path).code == "too_many_readers")
            for source in sources { source.close() }
            #expect(desk.calls.hasRoomForReader)
        }
    }

    @Test("What is going on now says who is supervised, and how")
    func live() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        for (kind, mode) in [
            ("supervisor listens", JSONValue.string("listen")), ("supervisor took over", "takeover"),
            ("supervision over", nil),
        ] as [(String, JSONValue?)] {
            desk.line.note(.event(kind: kind, detail: "", at: 5), of: call.id)
            #expect(await desk.ask("GET", "/v1/live").json["calls"]?.array?.first?["supervision"] == mode)
        }
    }
}
