import Agent
import Foundation
import Telephony
import Testing

@testable import CallAPI

/// Reads a stream of events as an EventSource does.
final class Reader: Sendable {
    private let source: any OctetSource

    init(_ desk: Desk, _ id: CallIdentifier, after last: String? = nil) async throws {
        let answer = await desk.ask(
            "GET", "/v1/calls/\(id)/events", headers: last.map { [("Last-Event-ID", $0)] } ?? [])
        source = try #require(answer.source, "\(answer.status) \(answer.text)")
    }

    /// The next that comes at once; `nil` at the end.
    func next() async -> String? { await source.next().map { String(decoding: $0, as: UTF8.self) } }

    func close() { source.close() }

    /// What comes until one is found.
    func event(_ isFound: (String) -> Bool) async -> String {
        while let text = await next() {
            for event in text.split(separator: "\n\n") where isFound(String(event)) { return String(event) }
        }
        return ""
    }

    /// All that comes until the end.
    func all() async -> String {
        var text = ""
        while let next = await next() { text += next }
        return text
    }
}

/// What happens on a call, while it happens.
@Suite(.timeLimit(.minutes(1)))
struct EventTests {
    private func turn(_ text: String) -> CallEntry {
        .turn(TurnRecord(who: .caller, text: text, startMs: 1, endMs: 2))
    }

    @Test("Who reads along gets what was, what comes, and the end")
    func all() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        let reader = try await Reader(desk, call.id)
        #expect(await reader.next() == "retry: 2000\n\n")
        let first = try #require(await reader.next())
        #expect(first.hasPrefix("id: 1\nevent: began\ndata: {"))
        #expect(first.contains("id: 2\nevent: answered\ndata: {\"atMs\":10}\n\n"))
        desk.line.note(turn("Hello\n\nid: 99\nevent: ended"), of: call.id)
        // T-15: what a caller says stays in its line.
        #expect(
            await reader.next()
                == "id: 3\nevent: turn\ndata: {\"endMs\":2,\"interrupted\":false,\"startMs\":1,"
                + "\"text\":\"Hello\\n\\nid: 99\\nevent: ended\",\"who\":\"caller\"}\n\n")
        desk.line.end(call.id)
        #expect(await reader.next()?.hasPrefix("id: 4\nevent: ended\n") == true)
        #expect(await reader.next() == nil)
    }

    @Test("Who comes back goes on where it was, and is told when nothing will follow")
    func resumes() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        desk.line.note(turn("One."), of: call.id)
        let reader = try await Reader(desk, call.id, after: "2")
        _ = await reader.next()
        #expect(await reader.next()?.hasPrefix("id: 3\n") == true)
        reader.close()
        desk.line.end(call.id)
        #expect(await (try Reader(desk, call.id, after: "3")).all().contains("id: 4\nevent: ended"))
        let over = await desk.ask("GET", "/v1/calls/\(call.id)/events", headers: [("Last-Event-ID", "4")])
        #expect(over.status == 204)
        // From another run of the program: all of it.
        #expect(await (try Reader(desk, call.id, after: "999")).all().contains("id: 1\n"))
    }

    @Test("A reader who is too slow misses the oldest, is told how many, and costs no memory")
    func slow() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        let reader = try await Reader(desk, call.id, after: "2")
        _ = await reader.next()
        for number in 0..<(EventLog.capacity + 100) { desk.line.note(turn("\(number)"), of: call.id) }
        desk.line.end(call.id)
        let text = await reader.all()
        #expect(text.hasPrefix("event: missed\ndata: {\"count\":101}\n\n"))
        #expect(text.components(separatedBy: "event: turn").count - 1 == EventLog.capacity - 1)
        #expect(text.hasSuffix("\n\n") && text.contains("event: ended"))
    }

    @Test("Only so many read at once, and who leaves makes room")
    func bounded() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        var readers: [Reader] = []
        for _ in 0..<100 {
            let reader = try await Reader(desk, call.id)
            _ = await reader.next()
            readers.append(reader)
        }
        let refused = await desk.ask("GET", "/v1/calls/\(call.id)/events")
        #expect(refused.status == 429 && refused.code == "too_many_readers")
        readers.first?.close()
        #expect(await desk.ask("GET", "/v1/calls/\(call.id)/events").status == 200)
    }

    @Test("Calls that have been over for long have no events any more, but a record")
    func gone() async throws {
        let desk = try Desk()
        for number in 0..<150 {
            let (call, _) = desk.callUp("0000-\(number)")
            desk.line.end(call.id)
        }
        let gone = await desk.ask("GET", "/v1/calls/0000-0/events")
        #expect(gone.status == 404 && gone.code == "events_gone")
        #expect(await desk.ask("GET", "/v1/calls/0000-0").status == 200)
        #expect(desk.calls.count() == 0)
        #expect(await desk.ask("GET", "/v1/calls/none/events").code == "no_such_call")
        let bad = await desk.ask("GET", "/v1/calls/0000-149/events", headers: [("Last-Event-ID", "x")])
        #expect(bad.status == 400)
    }
}
