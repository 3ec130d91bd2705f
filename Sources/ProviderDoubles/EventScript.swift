/// How a double's server-sent events go out.
public struct EventScript: Sendable {
    /// One piece of the stream.
    public enum Piece: Sendable {
        /// An event as the service would send it.
        case event(name: String?, data: [UInt8])
        /// A line that is only a sign of life.
        case comment(String)
        /// Octets as they are.
        case raw([UInt8])
        case wait(HTTPGate)
        case repeatForever([UInt8])
        case hang
        case cut
    }

    public var pieces: [Piece]
    /// What ends a line: LF, CR or CRLF.
    public var lineEnd = "\n"
    /// How many octets go out at once; all of an event when `nil`.
    public var octetsPerWrite: Int?

    public init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// The answer that carries it.
    public var answer: HTTPDouble.Answer {
        HTTPDouble.Answer(
            headers: [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache")],
            steps: pieces.flatMap(steps))
    }

    private func steps(_ piece: Piece) -> [HTTPDouble.Answer.Step] {
        switch piece {
        case .event(let name, let data):
            var octets = Array((name.map { "event: \($0)\(lineEnd)" } ?? "").utf8)
            octets += Array("data: ".utf8) + data + Array("\(lineEnd)\(lineEnd)".utf8)
            return split(octets)
        case .comment(let text): return split(Array(": \(text)\(lineEnd)\(lineEnd)".utf8))
        case .raw(let octets): return split(octets)
        case .wait(let gate): return [.wait(gate)]
        case .repeatForever(let octets): return [.repeatForever(octets)]
        case .hang: return [.hang]
        case .cut: return [.cut]
        }
    }

    private func split(_ octets: [UInt8]) -> [HTTPDouble.Answer.Step] {
        guard let length = octetsPerWrite, length > 0 else { return [.send(octets)] }
        return stride(from: 0, to: octets.count, by: length).map {
            .send(Array(octets[$0..<min($0 + length, octets.count)]))
        }
    }
}
