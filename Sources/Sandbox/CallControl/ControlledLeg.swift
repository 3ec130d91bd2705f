import TelephonyPrimitives

/// A leg as the API knows it.
struct ControlledLeg: Sendable {
    enum State: String, Sendable {
        case parked
        case answered
        case hangup
    }

    /// Of the switch's call.
    let number: UInt64
    let controlID: String
    let legID: String
    let sessionID: String
    let application: String
    let isIncoming: Bool
    let from: String
    let to: String
    let began: Instant
    var state = State.parked
    var isBeingAnswered = false
    var answeredAt: Instant?
    var endedAt: Instant?
    var clientState: String?
    /// Where its webhooks go in place of the application's address.
    var webhookURL: String?
    /// And those of certain events.
    var webhookURLs: [String: [String]] = [:]
    /// Webhooks so far.
    var events = 0
    var sound: LegSound?
    var stream: MediaStream?
    /// The stream that is wanted once it has answered.
    var wish: StreamWish?
    var gather: GatherRun?
    var hum: HumRun?
    var recording: (since: Instant, channels: String, format: String)?
    /// Whether a machine is to be told from a person: `detect`, `premium`, …
    var detection: String?
    var detectAt: Instant?
    var isDetected = false
    /// How long it may last, and when that is over.
    var timeLimit: Duration?
    var endsAt: Instant?
    var digitsOnAnswer: String?
    var sendsSilence = false
    /// The leg that was made to hand the call over to.
    var transfer: TransferLeg?
    /// What a document says, of a call of an application that asks for them.
    var document: DocumentRun?

    var deadline: Instant? {
        [sound?.nextTick, gather?.deadline, detectAt, endsAt, cutAt, document?.reopensAt].compactMap(\.self).min()
    }

    /// When a fault cuts the stream.
    var cutAt: Instant?
}

/// What the carrier says itself: a hum, as long as the text would take.
struct HumRun: Sendable {
    /// `call.speak` or `call.playback`.
    let event: String
    let payload: [String: JSONValue]
}

/// The leg that a call is handed over to.
struct TransferLeg: Sendable {
    let controlID: String
    let legID: String
    let from: String
    let to: String
    let began: Instant
    var clientState: String?
    /// Where its webhooks go in place of the application's address.
    var webhookURL: String?
    var isBridged = false
}

/// Keys are gathered.
struct GatherRun: Sendable {
    var id: String?
    var minimum = 1
    var maximum = 128
    var terminator: Character? = "#"
    var valid = "0123456789#*"
    var timeout = Duration.seconds(60)
    var betweenDigits = Duration.seconds(5)
    private(set) var digits = ""
    private(set) var deadline: Instant

    init(_ members: Members, now: Instant) throws(APIFault) {
        minimum = try members.number("minimum_digits", 1...128) ?? minimum
        maximum = try members.number("maximum_digits", 1...128) ?? maximum
        guard minimum <= maximum else { throw .invalid("minimum_digits", "It is more than maximum_digits.") }
        if let text = try members.text("terminating_digit") { terminator = text.first }
        valid = try members.text("valid_digits") ?? valid
        if let milliseconds = try members.number("timeout_millis", 1...600_000) {
            timeout = .milliseconds(milliseconds)
        }
        let between = try members.number("inter_digit_timeout_millis", 1...600_000)
        if let between { betweenDigits = .milliseconds(between) }
        let initial = try members.number("initial_timeout_millis", 1...120_000)
        id = try members.text("gather_id")
        deadline = now + (initial.map { .milliseconds($0) } ?? timeout)
    }

    /// Takes a key.
    ///
    /// - Returns: the status, when it is over.
    mutating func press(_ key: Character, now: Instant) -> String? {
        if key == terminator { return digits.count >= minimum ? "valid" : "invalid" }
        guard valid.contains(key) else { return nil }
        digits.append(key)
        deadline = now + betweenDigits
        return digits.count >= maximum ? "valid" : nil
    }

    /// What it is when nothing more comes.
    var statusAtTimeout: String { digits.isEmpty ? "timeout" : digits.count >= minimum ? "valid" : "invalid" }
}
