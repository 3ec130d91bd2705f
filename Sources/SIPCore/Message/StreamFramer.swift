/// Cuts the octets of a TCP or TLS connection into messages by Content-Length (RFC 3261 §18.3, §7.5).
public struct StreamFramer: Sendable {
    public enum Frame: Sendable, Equatable {
        /// One whole message; it may still be faulty.
        case message([UInt8])
        /// Two CR LF: the peer wants to see one back (RFC 5626 §3.5.1). Two answers to our pings in a row look the same.
        case keepAlivePing
        /// One CR LF: the answer to our ping, or an empty line before a message.
        case keepAlivePong
    }

    private let limits: Limits
    private var buffer: [UInt8] = []
    /// Octets of `buffer` in which the end of the headers was already looked for.
    private var searched = 0
    /// The octets that the message at the beginning of `buffer` has, once its headers are there.
    private var needed: Int?
    private var lastWasPong = false
    private var failure: ParseError?

    public init(limits: Limits = .default) {
        self.limits = limits
    }

    /// Whether no message has begun.
    public var isEmpty: Bool { buffer.allSatisfy { $0 == 0x0D || $0 == 0x0A } }

    /// Whether the headers of the message at hand are whole and its body is not.
    public var isReadingBody: Bool { needed != nil }

    public mutating func append(_ octets: [UInt8]) {
        guard failure == nil else { return }
        buffer += octets
    }

    /// The next frame; `nil` until more octets have come.
    ///
    /// - Throws: when it can't be told where the next message begins. A message whose length is nonsense is returned
    ///   first, without body, so that it can be answered. Then the connection is of no use and has to be closed.
    public mutating func next() throws(ParseError) -> Frame? {
        if let failure { throw failure }
        if needed == nil, let frame = keepAlive() { return frame }
        if buffer.isEmpty || buffer == [0x0D] { return nil }
        lastWasPong = false
        if needed == nil { try findHeaders() }
        guard let needed, buffer.count >= needed else { return nil }
        let message = Array(buffer.prefix(needed))
        drop(needed)
        return .message(message)
    }

    private mutating func keepAlive() -> Frame? {
        guard buffer.starts(with: [0x0D, 0x0A]) else { return nil }
        // After half a ping this may be its other half; then what follows is the next one.
        if !lastWasPong, buffer.dropFirst(2).starts(with: [0x0D, 0x0A]) {
            drop(4)
            return .keepAlivePing
        }
        drop(2)
        defer { lastWasPong.toggle() }
        return lastWasPong ? .keepAlivePing : .keepAlivePong
    }

    private mutating func findHeaders() throws(ParseError) {
        let from = max(0, searched - 3)
        guard let end = endOfHeaders(from: from) else {
            searched = buffer.count
            guard buffer.count <= limits.maxHeaderOctets else {
                throw fail("The headers have no end within \(limits.maxHeaderOctets) octets")
            }
            return
        }
        guard end <= limits.maxHeaderOctets else {
            throw fail("The headers have more than \(limits.maxHeaderOctets) octets")
        }
        guard let length = contentLength(Array(buffer[..<end])) else {
            // Handed up for an answer; where the next message begins nobody knows.
            failure = ParseError(
                offset: 0, section: "RFC 3261 §18.3",
                message: "Content-Length is no usable number, so the end of the message is unknown")
            needed = end
            return
        }
        guard length <= limits.maxMessageOctets - end else {
            // Its headers are handed up, to be answered with 513; the body that follows is not read.
            failure = ParseError(
                offset: 0, section: "RFC 3261 §18.3",
                message: "Content-Length is \(length); a message may have \(limits.maxMessageOctets) octets",
                suggestedStatus: 513)
            needed = end
            return
        }
        needed = end + length
    }

    /// The index behind the empty line.
    private func endOfHeaders(from: Int) -> Int? {
        var index = from
        while index < buffer.count {
            guard let lineEnd = buffer[index...].firstIndex(of: 0x0A) else { return nil }
            var next = lineEnd + 1
            if next < buffer.count, buffer[next] == 0x0D { next += 1 }
            if next < buffer.count, buffer[next] == 0x0A { return next + 1 }
            index = lineEnd + 1
        }
        return nil
    }

    /// What Content-Length says: 0 without one, `nil` for nonsense and contradictions.
    private func contentLength(_ head: [UInt8]) -> Int? {
        guard let message = try? Message(parsing: head, limits: limits) else { return 0 }
        let values: [String]
        switch message {
        case .request(let request): values = request.values(of: .contentLength)
        case .response(let response): values = response.values(of: .contentLength)
        }
        guard let first = values.first else { return 0 }
        guard values.allSatisfy({ $0 == first }), first.utf8.allSatisfy(OctetClass.isDigit), let length = Int(first)
        else { return nil }
        return length
    }

    private mutating func fail(_ message: String) -> ParseError {
        let error = ParseError(offset: 0, section: "RFC 3261 §18.3", message: message, suggestedStatus: 513)
        failure = error
        buffer = []
        return error
    }

    private mutating func drop(_ count: Int) {
        buffer.removeFirst(count)
        searched = 0
        needed = nil
    }
}
