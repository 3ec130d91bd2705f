public import TelephonyPrimitives

/// What a leg of a call can be told to do: `/calls/{call_control_id}/actions/…`.
public protocol LegCommand: Sendable {
    /// The last segment of the path, e.g. `speak`.
    static var action: String { get }
    /// `POST`, but for one.
    static var method: TelnyxRequest.Method { get }
    /// The members of the body, `client_state` and `command_id` apart.
    var fields: CommandFields { get }
    /// Whether it takes `client_state` and `command_id`.
    static var isNumbered: Bool { get }
    /// Finds what Telnyx would refuse.
    ///
    /// - Throws: ``TelnyxError/invalid(_:)``.
    func check() throws(TelnyxError)
}

extension LegCommand {
    public static var method: TelnyxRequest.Method { .post }
    public static var isNumbered: Bool { true }
    public func check() throws(TelnyxError) {}

    /// The request.
    ///
    /// - Parameters:
    ///   - call: the leg.
    ///   - clientState: what comes back with later webhooks; without, what was there stays.
    ///   - commandID: the same for each attempt: a second one acts no more.
    /// - Throws: ``TelnyxError/invalid(_:)``.
    public func request(
        on call: CallControlID, clientState: ClientState? = nil, commandID: CommandID
    ) throws(TelnyxError) -> TelnyxRequest {
        guard !call.rawValue.isEmpty, call.rawValue.utf8.count <= 1_024 else {
            throw .invalid("A call_control_id is missing or too long; take it from a webhook as it is.")
        }
        try check()
        var fields = fields
        if Self.isNumbered {
            fields["client_state"] = clientState ?? fields["client_state"]
            fields["command_id"] = commandID.rawValue
        }
        return TelnyxRequest(
            Self.method, ["calls", call.rawValue, "actions", Self.action], body: fields.bodyJSON,
            // Those without a number set a state, which they do twice as well as once.
            repeatability: Self.isNumbered ? .byCommandID : .always)
    }
}

/// Tells one command from another, so that a repetition acts no more.
public struct CommandID: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// A random UUID (RFC 9562 §5.4).
    public static func random() -> CommandID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// - Parameter generator: where the bits are from.
    public static func random(using generator: inout some RandomNumberGenerator) -> CommandID {
        var octets = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        octets[6] = octets[6] & 0x0F | 0x40
        octets[8] = octets[8] & 0x3F | 0x80
        var text = ""
        for (index, octet) in octets.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        return CommandID(rawValue: text)
    }
}

extension TelnyxClient {
    /// Has a leg do something.
    ///
    /// - Parameters:
    ///   - command: what to do.
    ///   - call: the leg.
    ///   - clientState: what comes back with later webhooks.
    ///   - commandID: to be kept by whoever tries the same again later.
    /// - Returns: what Telnyx says of it: `{"result":"ok"}`, or the name of what was begun.
    /// - Throws: ``TelnyxError``; that a leg is over already is no error of ``HangupCommand``.
    @discardableResult
    public func run(
        _ command: some LegCommand, on call: CallControlID, clientState: ClientState? = nil,
        commandID: CommandID = .random()
    ) async throws(TelnyxError) -> JSONValue {
        let request = try command.request(on: call, clientState: clientState, commandID: commandID)
        do throws(TelnyxError) {
            return try await send(request)["data"] ?? .object([:])
        } catch {
            guard error.isCallOver, command is HangupCommand else { throw error }
            return .object([:])
        }
    }
}
