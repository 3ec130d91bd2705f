internal import Logging
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// What we put onto legs, so that their webhooks find their call: that of the call itself, or that which a transfer of it
/// has called.
struct LegState: Sendable, Equatable {
    var part: LegInput.Part
    var call: CallIdentifier

    init(_ part: LegInput.Part, of call: CallIdentifier) {
        self.part = part
        self.call = call
    }

    /// - Returns: `nil` for what is none of ours.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "trunkline", parts[2].utf8.count <= 64 else { return nil }
        switch parts[1] {
        case "call": part = .own
        case "transfer": part = .target
        default: return nil
        }
        call = CallIdentifier(String(parts[2]))
    }

    var state: ClientState { ClientState("trunkline:\(part == .own ? "call" : "transfer"):\(call.text)") }
}

/// Commands: what a leg wants is sent in a task of its own, and what came of it is told to the leg.
extension CallControlServer {
    func carryOut(_ order: LegOrder, of leg: RunningLeg) {
        let id = leg.id
        if order == .dial { return place(leg) }
        if leg.isTeXML, carryOutByDocument(order, of: leg) { return }
        guard let control = leg.control else { return }
        let (telnyx, state) = (telnyx, LegState(.own, of: id).state)
        switch order {
        case .answer(let withStream):
            var command = AnswerCommand()
            if withStream { command.stream = stream(of: leg) }
            let answer = command
            run(order, of: id) { () async throws(TelnyxError) in
                try await telnyx.run(answer, on: control, clientState: state)
            }
        case .startStream:
            guard let stream = stream(of: leg) else { return }
            run(order, of: id) { () async throws(TelnyxError) in
                try await telnyx.run(StreamingStartCommand(stream), on: control)
            }
        case .stopStream:
            run(order, of: id) { () async throws(TelnyxError) in
                try await telnyx.run(StreamingStopCommand(), on: control)
            }
        case .reject(let cause):
            run(order, of: id) { () async throws(TelnyxError) in
                try await telnyx.run(RejectCommand(cause), on: control)
            }
        case .hangUp:
            run(order, of: id) { () async throws(TelnyxError) in try await telnyx.run(HangupCommand(), on: control) }
        case .transfer:
            guard let transfer = leg.transfer else { return }
            run(order, of: id) { () async throws(TelnyxError) in try await telnyx.run(transfer, on: control) }
        case .dial: break
        }
    }

    private func run(
        _ order: LegOrder, of id: CallIdentifier, _ send: @escaping @Sendable () async throws(TelnyxError) -> JSONValue
    ) {
        Task {
            do throws(TelnyxError) {
                _ = try await send()
                self.tell(.outcome(order, nil), to: id)
            } catch {
                if !error.isCallOver {
                    self.metrics.commandFailed()
                    self.logger.warning("a command failed: \(error)", metadata: ["call": "\(id)"])
                }
                self.tell(.outcome(order, error), to: id)
            }
        }
    }

    /// Where Telnyx is to open a stream for the leg, with a token that is good once.
    func stream(of leg: RunningLeg) -> StreamOptions? {
        let ticket = StreamDoor.Ticket(
            id: leg.id, direction: leg.value.direction, remote: leg.remote, local: leg.local,
            leg: leg.isTeXML ? nil : leg.control, format: leg.format, began: leg.began, call: leg.call)
        guard let token = door.issue(for: ticket, now: .now) else { return nil }
        var options = StreamOptions(url: "\(configuration.streamURL)?token=\(token)")
        options.codec = leg.format.encoding
        options.reply = leg.format
        return options
    }

    private func place(_ leg: RunningLeg) {
        let id = leg.id
        guard let command = leg.dial else { return }
        let (telnyx, state) = (telnyx, LegState(.own, of: id).state)
        Task {
            do throws(TelnyxError) {
                let placed = try await telnyx.dial(command, clientState: state)
                self.placed(placed, of: id)
            } catch {
                self.metrics.commandFailed()
                self.tell(.outcome(.dial, error), to: id)
            }
        }
    }
}

/// What calls ask of their legs.
extension CallControlServer: LegControl {
    func hangUp(_ call: CallIdentifier, reason: HangUpReason) { tell(.hangUp(reason), to: call) }

    func transfer(
        _ call: CallIdentifier, to target: String, headers: [(name: String, value: String)]
    ) async throws(CallError) {
        guard let leg = legs[call] else {
            throw .ended(CallEnd(cause: .remoteHangUp, explanation: "The call is over."))
        }
        guard leg.transferWaiter == nil else { throw .busy }
        var command = TransferCommand(to: TransferNumber.plain(target))
        command.targetState = LegState(.target, of: call).state
        // A TeXML application's own webhooks are none of Call Control.
        if leg.isTeXML { command.webhooks.url = configuration.webhookURL }
        command.sip.customHeaders = headers.map { SIPHeader($0.name, $0.value) }
        do { try command.check() } catch { throw .badTarget("\(target): \(error)") }
        leg.transfer = command
        let failure: CallError? = await withCheckedContinuation { continuation in
            leg.transferWaiter = continuation
            tell(.transfer, to: call)
        }
        if let failure { throw failure }
    }

    func press(_ keys: String, on call: CallIdentifier) async throws(CallError) {
        guard let leg = legs[call], let control = leg.control else { return }
        do {
            try await telnyx.run(SendDTMFCommand(keys), on: control)
        } catch {
            // That it is over is told by its events.
            guard !error.isCallOver else { return }
            throw .refused(status: 0, reason: "\(error)")
        }
    }

    nonisolated func heard(_ news: StreamNews, of call: CallIdentifier) { hear(news, of: call) }
}

/// A target as Telnyx takes it: a number without `tel:`.
enum TransferNumber {
    static func plain(_ target: String) -> String {
        target.lowercased().hasPrefix("tel:") ? String(target.dropFirst(4)) : target
    }
}

/// Brings what calls ask to a server that is made after the port on which they come.
final class ControlRelay: LegControl {
    private let state = Mutex<CallControlServer?>(nil)

    var server: CallControlServer? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func hangUp(_ call: CallIdentifier, reason: HangUpReason) async {
        await server?.hangUp(call, reason: reason)
    }

    func transfer(
        _ call: CallIdentifier, to target: String, headers: [(name: String, value: String)]
    ) async throws(CallError) {
        try await server?.transfer(call, to: target, headers: headers)
    }

    func press(_ keys: String, on call: CallIdentifier) async throws(CallError) {
        try await server?.press(keys, on: call)
    }

    func heard(_ news: StreamNews, of call: CallIdentifier) { server?.hear(news, of: call) }
}
