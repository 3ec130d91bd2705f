import FoundationEssentials
import RTPMedia
import Synchronization
import WebSockets

/// Plays Cartesia: a tone of 300 ms for each word, after a fixed time, all at once.
final class TimedMouth: Sendable {
    static let wordMs = 300

    private let timeline: Timeline
    private let delay: Duration
    private let listener = Mutex<WebSocketListener?>(nil)

    init(_ timeline: Timeline, delay: Duration) async throws {
        self.timeline = timeline
        self.delay = delay
        let bound = try await WebSocketListener.bind { _, connection in await self.serve(connection) }
        listener.withLock { $0 = bound }
    }

    var url: String { "ws://127.0.0.1:\(listener.withLock { $0?.port } ?? 0)" }

    func stop() async { await listener.withLock { $0 }?.close() }

    private struct Request: Decodable {
        var context_id: String
        var transcript: String?
        var cancel: Bool?
    }

    private func serve(_ connection: WebSocketConnection) async {
        do {
            for try await message in connection.messages {
                guard let text = message.text,
                    let request = try? JSONDecoder().decode(Request.self, from: Data(text.utf8)),
                    let transcript = request.transcript, transcript.contains(where: \.isLetter)
                else { continue }
                let asked = timeline.now
                Task { await self.answer(request.context_id, transcript, asked: asked, on: connection) }
            }
        } catch {}
    }

    private func answer(_ id: String, _ text: String, asked: Double, on connection: WebSocketConnection) async {
        try? await Task.sleep(until: .now + delay)
        let words = text.split(separator: " ").map(String.init)
        let sound = MuLaw.encode(Tone.samples(milliseconds: words.count * Self.wordMs))
        if words.first == "Answer", words.count > 2, let call = Name.number(words[1]),
            let turn = Name.number(words[2])
        {
            let answered = timeline.now
            timeline.turn(.init(call: call, turn: turn)) {
                $0.voiceAsked = asked
                $0.voiceAnswered = answered
            }
        }
        let names = words.map { "\"\($0)\"" }.joined(separator: ",")
        let starts = words.indices.map { "\(Double($0 * Self.wordMs) / 1_000)" }.joined(separator: ",")
        let ends = words.indices.map { "\(Double(($0 + 1) * Self.wordMs) / 1_000)" }.joined(separator: ",")
        try? connection.send(
            text:
                #"{"type":"timestamps","context_id":"\#(id)","status_code":206,"done":false,"word_timestamps":{"words":[\#(names)],"start":[\#(starts)],"end":[\#(ends)]}}"#
        )
        for start in stride(from: 0, to: sound.count, by: 1_600) {
            let data = Data(sound[start..<min(start + 1_600, sound.count)]).base64EncodedString()
            try? connection.send(
                text:
                    #"{"type":"chunk","context_id":"\#(id)","status_code":206,"done":false,"step_time":1.0,"data":"\#(data)"}"#
            )
        }
        try? connection.send(text: #"{"type":"done","context_id":"\#(id)","status_code":200,"done":true}"#)
    }
}

enum Tone {
    /// A buzz like a vowel: every 7 ms a pulse that dies away.
    static func samples(milliseconds: Int) -> [Int16] {
        var (one, two) = (0.0, 0.0)
        return (0..<milliseconds * 8).map { index in
            let pulse = index % 57 == 0 ? 9_000.0 : 0
            let sample = pulse + 1.55 * one - 0.85 * two
            (one, two) = (sample, one)
            return Int16(max(-20_000, min(20_000, sample)))
        }
    }
}
