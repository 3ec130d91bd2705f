public import TelephonyPrimitives

/// The carrier's HTTP side: the API, its webhooks, its media streams (Call Control v2).
///
/// A value, as ``SandboxCarrier`` is, which has one: it is told what came and when, and says what to do; of the switch it
/// wants something by orders. Written from what is known of the carrier and by nothing that Trunkline's own client uses.
public struct SandboxCallControl: Sendable {
    /// What happened.
    public enum Event: Sendable {
        /// A request has come; answered by ``Action/respond(_:_:)`` with its number.
        case request(UInt64, APIRequest)
        /// A webhook was posted: the status of HTTP, `nil` when there was no answer.
        case delivered(UInt64, status: Int?)
        /// A document has come, or there was no answer.
        case fetched(UInt64, status: Int?, [UInt8])
        case streamOpened(UInt64)
        /// It could not be opened.
        case streamFailed(UInt64, String)
        case streamMessage(UInt64, [UInt8])
        /// The other side, or the network, has closed it.
        case streamClosed(UInt64)
    }

    /// What is to be done.
    public enum Action: Sendable {
        case respond(UInt64, APIResponse)
        /// Answered by ``Event/delivered(_:status:)``.
        case post(UInt64, WebhookDelivery)
        /// Answered by ``Event/fetched(_:status:_:)``.
        case fetch(UInt64, DocumentFetch)
        /// Answered by ``Event/streamOpened(_:)`` or ``Event/streamFailed(_:_:)``.
        case openStream(UInt64, url: String, token: Secret?)
        case sendStream(UInt64, String)
        case closeStream(UInt64)
        /// Without a goodbye.
        case cutStream(UInt64)
    }

    let settings: CallControlSettings
    let fault: SandboxFault?
    let carrierSettings: SandboxSettings
    let signer: WebhookSigner?
    let forger: WebhookSigner?
    var random: SeededGenerator
    var account: ControlAccount
    var legs: [UInt64: ControlledLeg] = [:]
    /// Which leg a call_control_id means.
    var numbers: [String: UInt64] = [:]
    var streams: [UInt64: UInt64] = [:]
    var webhooks: [UInt64: PendingWebhook] = [:]
    /// What was answered to commands of the last minute, by leg and command_id.
    var answered: [String: (at: Instant, response: APIResponse)] = [:]
    /// What was refused once by a fault.
    var refused: [String: Instant] = [:]
    var actions: [Action] = []
    var orders: [SwitchOrder] = []
    var remarks: [String] = []
    var lastNumber: UInt64 = 1 << 40

    /// Legs that are over and still known.
    static let maximumEnded = 100
    static let userID = "5a5a5a5a-0000-4000-8000-000000000001"

    init(_ settings: CallControlSettings, of carrier: SandboxSettings, seed: UInt64) {
        self.settings = settings
        fault = carrier.fault
        carrierSettings = carrier
        random = SeededGenerator(seed: seed)
        signer = WebhookSigner(seed: settings.signingSeed)
        forger = WebhookSigner(seed: settings.signingSeed.map { ~$0 })
        account = ControlAccount(
            settings, number: carrier.trunk.number, username: carrier.trunk.username,
            at: UTCText.text((settings.epoch + settings.openedAt.nanoseconds) / 1_000))
    }

    /// The key that webhooks are verified with, in Base64, for a file of settings.
    public static func publicKey(of settings: CallControlSettings) -> String {
        WebhookSigner(seed: settings.signingSeed)?.publicKey ?? ""
    }

    var deadline: Instant? {
        (webhooks.values.compactMap(\.dueAt) + legs.values.compactMap(\.deadline)).min()
    }

    mutating func receive(_ event: Event, now: Instant) {
        switch event {
        case .request(let number, let request):
            actions.append(.respond(number, answer(request, now: now)))
        case .delivered(let number, let status): delivered(number, status, now: now)
        case .fetched(let number, let status, let octets): fetched(number, status, octets, now: now)
        case .streamOpened(let stream): streamOpened(stream, now: now)
        case .streamFailed(let stream, let reason): streamFailed(stream, reason, now: now)
        case .streamMessage(let stream, let octets): streamMessage(stream, octets, now: now)
        case .streamClosed(let stream): streamClosed(stream, now: now)
        }
    }

    mutating func wake(now: Instant) {
        for number in legs.keys.sorted() {
            if let leg = legs[number], let deadline = leg.deadline, deadline <= now { wake(leg, now: now) }
        }
        for (number, webhook) in webhooks.sorted(by: { $0.key < $1.key }) {
            if let dueAt = webhook.dueAt, dueAt <= now { post(number, now: now) }
        }
    }

    private mutating func wake(_ leg: ControlledLeg, now: Instant) {
        let number = leg.number
        if let endsAt = leg.endsAt, endsAt <= now {
            legs[number]?.endsAt = nil
            orders.append(.hangUp(number, .timeLimit))
        }
        if let at = leg.detectAt, at <= now { tellMachine(number, now: now) }
        if let at = leg.cutAt, at <= now { cutStream(number, now: now) }
        if let at = leg.document?.reopensAt, at <= now { reopenStream(number) }
        if let gather = leg.gather, gather.deadline <= now {
            endGather(number, gather.statusAtTimeout, now: now)
        }
        while let due = legs[number]?.sound?.nextTick, due <= now { speak(number, now: now) }
    }

    // MARK: Names and times

    mutating func makeUUID() -> String {
        func hex(_ number: UInt64) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        let digits = Array((hex(random.next()) + hex(random.next())).utf8)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
        return "\(parts[0])-\(parts[1])-4\(parts[2].dropFirst())-8\(parts[3].dropFirst())-\(parts[4])"
    }

    mutating func makeControlID() -> String {
        "v3:" + makeUUID().filter { $0 != "-" }
    }

    mutating func makeNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    func time(_ instant: Instant) -> String {
        UTCText.text((settings.epoch + instant.nanoseconds) / 1_000)
    }

    func seconds(_ instant: Instant) -> Int64 { (settings.epoch + instant.nanoseconds) / 1_000_000_000 }
}
