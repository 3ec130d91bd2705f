import TelephonyPrimitives

/// A document that is asked for.
public struct DocumentFetch: Sendable, Hashable {
    /// `GET` or `POST`.
    public var method: String
    /// With the parameters, when it is a GET.
    public var url: String
    public var headers: [String: String]
    public var body: [UInt8]
}

/// How far a call has come in its document (reference E).
struct DocumentRun: Sendable {
    /// Where it is asked for: the one that was meant, then the one for when that fails.
    var urls: [String]
    let method: String
    /// Where it is told how the call fares, and the stream.
    let statusURL: String?
    var streamStatusURL: String?
    var callbacks = 0
    /// What is still to be done.
    var verbs: [TeXMLElement] = []
    private(set) var isOver = false
    /// The stream that is opened again when it breaks.
    var stream: StreamWish?
    private(set) var reopensAt: Instant?
    private(set) var hasReopened = false
    private var attempts = 0

    init(urls: [String], method: String, statusURL: String?) {
        self.urls = urls
        self.method = method
        self.statusURL = statusURL
    }

    mutating func end() {
        isOver = true
        verbs = []
        stream = nil
        reopensAt = nil
    }

    /// The connection broke.
    ///
    /// - Returns: whether it is opened again.
    mutating func isCut(now: Instant) -> Bool {
        guard stream != nil, !isOver else { return false }
        hasReopened = true
        attempts = 3
        reopensAt = now
        return true
    }

    /// It could not be opened: one that had broken is tried some more times.
    mutating func triesAgain(now: Instant) -> Bool {
        guard stream != nil, !isOver, attempts > 0 else { return false }
        attempts -= 1
        reopensAt = now + .milliseconds(500)
        return true
    }

    mutating func reopens() { reopensAt = nil }
}
