/// The body of a `message-summary` NOTIFY: whether messages wait, and how many (RFC 3842 §5).
public struct MessageSummary: Hashable, Sendable {
    /// How many messages of one kind there are.
    public struct Count: Hashable, Sendable {
        public var new: UInt32
        public var old: UInt32
        public var newUrgent: UInt32
        public var oldUrgent: UInt32

        /// - Parameters:
        ///   - new: messages nobody has heard.
        ///   - old: messages somebody has heard.
        ///   - newUrgent: how many of the new ones are urgent.
        ///   - oldUrgent: how many of the old ones are urgent.
        public init(new: UInt32, old: UInt32, newUrgent: UInt32 = 0, oldUrgent: UInt32 = 0) {
            self.new = new
            self.old = old
            self.newUrgent = newUrgent
            self.oldUrgent = oldUrgent
        }
    }

    /// Whether messages wait.
    public var isWaiting: Bool
    /// Whose messages, a URI as written.
    public var account: String?
    /// By kind in lower case, e.g. `voice-message`.
    public var counts: [String: Count]

    /// - Parameter octets: the body, type `application/simple-message-summary`.
    /// - Throws: when the status line is missing; lines that can't be read are skipped.
    public init(parsing octets: [UInt8]) throws(ParseError) {
        var isWaiting: Bool?
        account = nil
        counts = [:]
        let lines = octets.prefix(16_384).split(maxSplits: 128) { $0 == 0x0A || $0 == 0x0D }
        for line in lines {
            let pair = line.split(separator: 0x3A, maxSplits: 1)
            guard pair.count == 2 else { continue }
            let value = pair[1].asText.trimmingBlanks
            switch pair[0].asText.trimmingBlanks.lowercased() {
            case "messages-waiting": isWaiting = isWaiting ?? (value.lowercased() == "yes")
            case "message-account": account = value
            case let kind: if let count = Count(parsing: value) { counts[kind] = count }
            }
        }
        guard let isWaiting else {
            throw ParseError(offset: 0, section: "RFC 3842 §5.2", message: "Messages-Waiting is missing")
        }
        self.isWaiting = isWaiting
    }
}

extension MessageSummary.Count {
    /// `2/8 (0/2)`; `nil` for what is none.
    init?(parsing text: String) {
        let numbers = text.split { $0 == "/" || $0 == "(" || $0 == ")" || $0 == " " || $0 == "\t" }
            .map { UInt32($0) }
        guard numbers.count == 2 || numbers.count == 4, let new = numbers[0], let old = numbers[1] else { return nil }
        self.init(new: new, old: old)
        guard numbers.count == 4, let newUrgent = numbers[2], let oldUrgent = numbers[3] else { return }
        self.newUrgent = newUrgent
        self.oldUrgent = oldUrgent
    }
}
