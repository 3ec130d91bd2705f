/// What was inside of the encrypted packets of a session, for captures.
struct ClearPackets: Sendable {
    /// At most this many wait.
    private static let maximum = 64

    var isKept = false
    private var received: [UInt8]?
    private var sent: [[UInt8]] = []

    mutating func receive(_ octets: [UInt8]) {
        if isKept { received = octets }
    }

    mutating func send(_ octets: [UInt8]) {
        if isKept, sent.count < Self.maximum { sent.append(octets) }
    }

    mutating func takeReceived() -> [UInt8]? {
        defer { received = nil }
        return received
    }

    mutating func takeSent() -> [UInt8]? { sent.isEmpty ? nil : sent.removeFirst() }
}

extension MediaSession {
    /// Whether what is inside of encrypted packets is kept for ``takeClearReceived()`` and ``takeClearSent()``: for captures
    /// that are to be read. It is the conversation itself.
    public var keepsClear: Bool {
        get { clear.isKept }
        set {
            clear = ClearPackets()
            clear.isKept = newValue
        }
    }

    /// What was inside of the encrypted packet that was received last; `nil` when it was refused, or not encrypted.
    public mutating func takeClearReceived() -> [UInt8]? { clear.takeReceived() }

    /// What is inside of the next encrypted packet of ``nextOutput()``; to be called once for each of those that is RTP or
    /// RTCP, in their order. `nil` when the sound is not encrypted.
    public mutating func takeClearSent() -> [UInt8]? { clear.takeSent() }
}
