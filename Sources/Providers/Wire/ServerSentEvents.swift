internal import Agent

/// One event of a stream of server-sent events.
struct ServerSentEvent: Equatable {
    /// What the server calls it, when it does.
    var name: String?
    /// The lines of data, joined by LF.
    var data: [UInt8]
}

/// Puts server-sent events together from octets that may be split anywhere, also within a character.
struct ServerSentEvents {
    private static let (lf, cr, colon, space) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ":"), UInt8(0x20))
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let maximumOctets: Int
    private var line: [UInt8] = []
    private var isFirstLine = true
    private var endedWithCR = false
    private var name: String?
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter maximumOctets: the longest line, and the most data of one event.
    init(maximumOctets: Int = 1 << 20) {
        self.maximumOctets = maximumOctets
    }

    /// Takes in the next octets.
    ///
    /// - Throws: `ProviderError/failed(_:)` when a line or an event is longer than allowed.
    mutating func receive(_ octets: [UInt8]) throws(ProviderError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = octets[...]
        while !rest.isEmpty {
            // The LF of a CRLF ends no line of its own; the two may come apart.
            if endedWithCR, rest.first == Self.lf { rest.removeFirst() }
            endedWithCR = false
            guard let end = rest.firstIndex(where: { $0 == Self.lf || $0 == Self.cr }) else {
                try append(rest)
                break
            }
            try append(rest[..<end])
            endedWithCR = rest[end] == Self.cr
            rest = rest[(end + 1)...]
            try endLine(&events)
        }
        return events
    }

    /// What is whole when the stream has ended: an event whose empty line never came. A line that was cut is dropped.
    mutating func finish() -> ServerSentEvent? {
        line = []
        return takeEvent()
    }

    private mutating func append(_ octets: ArraySlice<UInt8>) throws(ProviderError) {
        guard line.count + octets.count <= maximumOctets else { throw tooLong }
        line += octets
    }

    private var tooLong: ProviderError {
        .failed("The service sent an event of more than \(maximumOctets) octets.")
    }

    private mutating func endLine(_ events: inout [ServerSentEvent]) throws(ProviderError) {
        var whole = line[...]
        if isFirstLine, whole.starts(with: Self.byteOrderMark) { whole = whole.dropFirst(Self.byteOrderMark.count) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !whole.isEmpty else {
            if let event = takeEvent() { events.append(event) }
            return
        }
        let colon = whole.firstIndex(of: Self.colon)
        let field = whole[..<(colon ?? whole.endIndex)]
        var value = colon.map { whole[($0 + 1)...] } ?? []
        if value.first == Self.space { value.removeFirst() }
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count < maximumOctets else { throw tooLong }
            if hasData { data.append(Self.lf) }
            hasData = true
            data += value
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        }
        // A line that begins with a colon is a comment; `id` and `retry` are for those who come back.
    }

    private mutating func takeEvent() -> ServerSentEvent? {
        defer {
            name = nil
            data = []
            hasData = false
        }
        return hasData ? ServerSentEvent(name: name, data: data) : nil
    }
}
