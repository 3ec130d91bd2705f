import TelephonyPrimitives

/// One direction of a TCP connection in a capture, put in order and cut into SIP messages (RFC 3261 §18.3).
struct CapturedStream {
    /// A header or a body longer than this is no SIP message.
    private static let maximumLength = 65_536
    /// Segments that wait for one before them; beyond this many the gap is taken to be for good.
    private static let maximumWaiting = 256

    private var next: UInt32?
    private var waiting: [UInt32: ArraySlice<UInt8>] = [:]
    private var buffer: [UInt8] = []
    /// It began with something else than SIP, or lost its place for good.
    private var isForeign = false

    /// A connection begins anew.
    mutating func synchronise(_ sequence: UInt32) {
        self = CapturedStream()
        next = sequence &+ 1
    }

    /// The messages that are complete with this segment.
    mutating func add(_ payload: ArraySlice<UInt8>, sequence: UInt32) -> [[UInt8]] {
        guard !isForeign, !payload.isEmpty else { return [] }
        // Without a SYN the capture began within the connection.
        let expected = next ?? sequence
        next = expected
        let ahead = Int32(bitPattern: sequence &- expected)
        if ahead > 0 {
            waiting[sequence] = payload
            guard waiting.count > Self.maximumWaiting else { return [] }
            skipGap(from: expected)
        } else {
            append(payload.dropFirst(Int(-Int64(ahead))))
        }
        appendWaiting()
        return cut()
    }

    private mutating func append(_ payload: ArraySlice<UInt8>) {
        buffer += payload
        next = (next ?? 0) &+ UInt32(truncatingIfNeeded: payload.count)
    }

    /// Appends what has been waiting for its turn; parts that are there already are passed over.
    private mutating func appendWaiting() {
        while let place = next, let segment = waiting.first(where: { Int32(bitPattern: $0.key &- place) <= 0 }) {
            waiting[segment.key] = nil
            append(segment.value.dropFirst(Int(-Int64(Int32(bitPattern: segment.key &- place)))))
        }
    }

    /// What is missing never comes: goes on behind it, at the next line that begins a message.
    private mutating func skipGap(from expected: UInt32) {
        buffer = []
        next = waiting.keys.min { $0 &- expected < $1 &- expected }
    }

    private mutating func cut() -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var start = 0
        while start < buffer.count {
            // Keep-alives of RFC 5626 §4.4.1 between messages.
            if buffer[start] == 0x0D || buffer[start] == 0x0A {
                start += 1
                continue
            }
            let rest = buffer[start...]
            guard let lineEnd = rest.firstIndex(of: 0x0A) else {
                isForeign = rest.count > 8192 || rest.prefix(16).contains { $0 < 0x20 || $0 > 0x7E }
                break
            }
            let line = String(decoding: buffer[start..<lineEnd], as: UTF8.self).trimmed
            guard WireMessage.isStartLine(line) else {
                if messages.isEmpty, start == 0, line.utf8.contains(where: { $0 < 0x20 }) { isForeign = true }
                start = lineEnd + 1
                continue
            }
            guard let length = messageLength(from: start) else { break }
            messages.append(Array(buffer[start..<start + length]))
            start += length
        }
        buffer.removeFirst(min(start, buffer.count))
        if buffer.count > 2 * Self.maximumLength { isForeign = true }
        if isForeign {
            buffer = []
            waiting = [:]
        }
        return messages
    }

    /// The length of the message at `start`, by its Content-Length; `nil` until it is there as a whole.
    private func messageLength(from start: Int) -> Int? {
        var index = start
        var bodyLength = 0
        while index < buffer.count, index - start <= Self.maximumLength {
            guard let lineEnd = buffer[index...].firstIndex(of: 0x0A) else { return nil }
            let line = String(decoding: buffer[index..<lineEnd], as: UTF8.self).trimmed
            index = lineEnd + 1
            if line.isEmpty {
                let length = index - start + bodyLength
                return buffer.count - start >= length ? length : nil
            }
            if let colon = line.firstIndex(of: ":"),
                HeaderSpelling.folded(line[..<colon].trimmed) == "content-length",
                let stated = Int(line[line.index(after: colon)...].trimmed)
            {
                bodyLength = min(max(0, stated), Self.maximumLength)
            }
        }
        return nil
    }
}
