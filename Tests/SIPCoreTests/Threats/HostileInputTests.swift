import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Hostile input", .tags(.threat))
struct HostileInputTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        var file: String
        var kind: String
        var verdict: String

        var testDescription: String { "\(file): \(kind)" }

        func octets() throws -> [UInt8] { try SIPFixtures.octets("hostile/\(file)") }
    }

    static let vectors: [Vector] = {
        guard let rows = try? SIPFixtures.table("hostile/index.tsv"), rows.count > 80 else {
            preconditionFailure("the table of hostile input can't be read")
        }
        return rows.map { Vector(file: $0["file"] ?? "", kind: $0["class"] ?? "", verdict: $0["verdict"] ?? "") }
    }()

    static let messages = vectors.filter { !$0.file.hasSuffix(".sdp") }

    @Test("T-01: reading every part of a hostile message ends, and not by a trap", arguments: messages)
    func parser(_ vector: Vector) throws {
        guard let message = try? Message(parsing: try vector.octets()) else { return }
        let fields = message.fields
        _ = try? (fields.vias, fields.from, fields.to, fields.contacts, fields.callID, fields.cseq)
        _ = try? (fields.routes, fields.recordRoutes)
        for (name, whole) in fields.headers {
            for value in [whole] + fields.list(of: name) {
                _ = try? NameAddress(parsing: value)
                _ = try? SIPURI(parsing: value)
                _ = try? DigestChallenge(parsing: value)
            }
        }
        switch message {
        case .request(let request): _ = (try? request.requestURI, try? request.validate())
        case .response(let response): _ = try? response.validate()
        }
    }

    @Test("T-01: the user agent gives it its verdict, and takes a call afterwards", arguments: messages)
    func userAgent(_ vector: Vector) throws {
        var stage = Stage()
        stage.wire.turnOff()  // What is hostile is no SIP to an auditor.
        stage.feed(.datagram(try vector.octets(), stage.flow))
        let statuses = stage.responses.map(\.status).filter { $0 > 100 }
        switch vector.verdict {
        case "dropped": #expect(stage.sent.isEmpty)
        case "any": #expect(statuses.allSatisfy { (200..<700).contains($0) })
        default: #expect(statuses.map(String.init) == [vector.verdict])
        }
        if vector.verdict != "any" { #expect(stage.incoming.isEmpty) }
        stage.advance(.seconds(400))
        #expect(stage.core.counters.isIdle)
        try answersCall(&stage)
    }

    @Test("T-01: all of them, one after the other, to one user agent in the midst of a call")
    func together() throws {
        var stage = Stage()
        stage.wire.turnOff()
        let id = try stage.establishIncoming()
        for _ in 0..<3 {
            for vector in Self.messages { stage.feed(.datagram(try vector.octets(), stage.flow)) }
        }
        #expect(stage.ends.isEmpty)
        stage.command(.info(id, .hold))
        #expect(stage.titles.last == "INFO")
        stage.respond(200, to: try #require(stage.lastRequest(.info)))
        stage.command(.end(id))
        stage.respond(200, to: try #require(stage.lastRequest(.bye)))
        stage.advance(.seconds(400))
        #expect(stage.core.counters.isIdle)
        try answersCall(&stage)
    }

    @Test("T-01: cut from a stream it comes to an end too, in pieces of every size", arguments: messages)
    func stream(_ vector: Vector) throws {
        let octets = try vector.octets()
        for size in [1, 7, octets.count] {
            var framer = StreamFramer(limits: .default)
            var frames = 0
            var failed = false
            for start in stride(from: 0, to: octets.count, by: size) where !failed {
                framer.append(Array(octets[start..<min(start + size, octets.count)]))
                do {
                    while let frame = try framer.next() {
                        frames += 1
                        if case .message(let octets) = frame { _ = try? Message(parsing: octets) }
                    }
                } catch {
                    failed = true
                }
            }
            #expect(frames <= 1 + octets.count / 2)
        }
    }

    private func answersCall(_ stage: inout Stage) throws {
        stage.callID = "afterwards"
        stage.ourTag = nil
        let before = stage.incoming.count
        stage.request("INVITE", toTag: .some(nil), body: "v=0 offer")
        let calls = stage.incoming
        #expect(calls.count == before + 1)
        stage.command(.answer(try #require(calls.last), body: .answer))
        #expect(stage.lastResponse(to: .invite)?.status == 200)
    }
}
