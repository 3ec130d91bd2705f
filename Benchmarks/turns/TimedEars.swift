import NIOCore
import RTPMedia
import Synchronization
import WebSockets

/// Plays Deepgram's Flux: hears loud and soft, and judges turns after a fixed silence.
final class TimedEars: Sendable {
    /// Milliseconds of loud sound that start a turn, and of silence that end it.
    static let onset = 60
    static let silence = 200

    private let timeline: Timeline
    private let connections = Mutex(0)
    private let listener = Mutex<WebSocketListener?>(nil)

    init(_ timeline: Timeline) async throws {
        self.timeline = timeline
        let bound = try await WebSocketListener.bind { _, connection in await self.serve(connection) }
        listener.withLock { $0 = bound }
    }

    var url: String { "ws://127.0.0.1:\(listener.withLock { $0?.port } ?? 0)" }

    func stop() async { await listener.withLock { $0 }?.close() }

    private func serve(_ connection: WebSocketConnection) async {
        let number = connections.withLock { count in
            count += 1
            return count
        }
        var sequence = 0
        // Places in the sound, octets.
        var (place, started, stopped) = (0, 0, 0)
        func say(_ event: String, _ text: String, turn: Int) {
            let trigger = event == "EndOfTurn" ? #","trigger":"model""# : ""
            let (start, end) = (Double(started) / 8_000, Double(stopped) / 8_000)
            let words = text.isEmpty ? "[]" : #"[{"word":"\#(text)","confidence":0.9,"start":\#(start),"end":\#(end)}]"#
            try? connection.send(
                text:
                    #"{"type":"TurnInfo","request_id":"r","sequence_id":\#(sequence),"event":"\#(event)","turn_index":\#(turn),"audio_window_start":0,"audio_window_end":1,"transcript":"\#(text)","words":\#(words),"end_of_turn_confidence":0.9\#(trigger)}"#
            )
            sequence += 1
        }
        try? connection.send(text: #"{"type":"Connected","request_id":"r","sequence_id":0}"#)
        var (loud, soft, turn, isSpeaking) = (0, 0, 0, false)
        var lastLoud = 0.0
        do {
            for try await message in connection.messages where message.kind == .binary {
                // 20 ms each, whatever they come in.
                let octets = message.octets
                for start in stride(from: 0, to: octets.count, by: 160) {
                    let frame = octets[start..<min(start + 160, octets.count)]
                    place += frame.count
                    if Loudness.isLoud(frame) {
                        if loud == 0 { started = place - frame.count }
                        stopped = place
                        loud += frame.count / 8
                        soft = 0
                        lastLoud = timeline.now
                    } else {
                        soft += frame.count / 8
                        if !isSpeaking { loud = 0 }
                    }
                    if !isSpeaking, loud >= Self.onset {
                        isSpeaking = true
                        turn += 1
                        say("StartOfTurn", "Question \(number) \(turn)", turn: turn - 1)
                        if let call = timeline.call(of: number) {
                            let now = timeline.now
                            timeline.cut(.init(call: call, turn: turn)) { $0.decided = now }
                        }
                    } else if isSpeaking, soft >= Self.silence {
                        isSpeaking = false
                        loud = 0
                        say("EndOfTurn", "Question \(number) \(turn)", turn: turn - 1)
                        let (heard, judged) = (lastLoud, timeline.now)
                        // The call is known once the model was asked.
                        pending.withLock { $0[.init(call: number, turn: turn)] = (heard, judged) }
                    }
                }
            }
        } catch {}
    }

    /// By connection and turn.
    let pending = Mutex([Timeline.Key: (heard: Double, judged: Double)]())
}

enum Loudness {
    /// Whether 20 ms of µ-law are louder than −35 dBov or so.
    static func isLoud(_ octets: some Collection<UInt8>) -> Bool {
        guard !octets.isEmpty else { return false }
        return octets.reduce(0) { $0 + MuLaw.magnitude(of: $1) } / octets.count > 400
    }
}

enum MuLaw {
    /// How loud a sample is, 0 to 32 124.
    static func magnitude(of octet: UInt8) -> Int {
        let code = ~octet
        return ((Int(code & 0x0F) << 3) + 0x84) << Int((code >> 4) & 7) - 0x84
    }

    static func encode(_ samples: [Int16]) -> [UInt8] {
        var octets: [UInt8] = []
        G711(.mu).encode(samples.span, into: &octets)
        return octets
    }
}
