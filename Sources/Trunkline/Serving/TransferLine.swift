internal import Agent
internal import CallAPI
internal import Telephony
internal import TrunklineConfiguration

/// Calls for callers who are to be put through: the places under `transfers:` that are asked, and no others; and the
/// supervisors whom the API lets be called.
struct TransferLine: ConsultationLine, SupervisorLine {
    private let destinations: [String: TransferDestination]
    private let endpoint: Endpoint
    private let line: OutgoingLine
    /// Has the messages of the second call kept with those of the caller's.
    private let link: @Sendable (_ call: CallIdentifier, _ caller: CallIdentifier) -> Void

    init(
        _ settings: Configuration, endpoint: Endpoint, line: OutgoingLine,
        link: @escaping @Sendable (CallIdentifier, CallIdentifier) -> Void
    ) {
        destinations = settings.transferDestinations
        self.endpoint = endpoint
        self.line = line
        self.link = link
    }

    func address(of target: String) -> String { line.address(ofTransfer: target) }

    func call(
        _ name: String, for caller: any Call, ringing: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (any Call) async -> Void
    ) async throws(CallError) {
        guard let destination = destinations[name], destination.kind != .blind else {
            throw .badTarget("\(name), which is no place of transfers: that is asked")
        }
        var (outgoing, target) = line.call(toTransfer: destination.target)
        if let obstacle = target.flatMap({ line.obstacle(to: $0) }) { throw .badTarget(obstacle) }
        outgoing.headers = destination.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        // How long it rings is watched by whoever asks; this is for one who does not.
        outgoing.ringTimeout = destination.ringTimeout + .seconds(5)
        try await place(outgoing, to: target, for: caller, ringing: ringing, body)
    }

    func call(
        _ order: SupervisionOrder, about call: any Call, ringing: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (any Call) async -> Void
    ) async throws(CallError) {
        var (outgoing, target) = line.call(toTransfer: order.target)
        outgoing.ringTimeout = order.ringTimeout
        try await place(outgoing, to: target, for: call, ringing: ringing, body)
    }

    /// Its messages are kept with those of `call`.
    private func place(
        _ outgoing: OutgoingCall, to target: Destination?, for call: any Call, ringing: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (any Call) async -> Void
    ) async throws(CallError) {
        var outgoing = outgoing
        let id = CallIdentifier.make(for: call.id)
        outgoing.id = id
        link(id, call.id)
        do {
            try await line.place(outgoing, to: target, on: endpoint) { progress in
                if case .provisional(180...183, _) = progress { ringing() }
            } _: { call in
                await body(call)
            }
        } catch let error as CallError {
            throw error
        } catch {
            throw .ended(CallEnd(cause: .localHangUp, explanation: "It was withdrawn before it was answered."))
        }
    }
}

extension Configuration {
    /// The places under `transfers:`, as agents know them.
    var transferDestinations: [String: TransferDestination] {
        transfers.mapValues { transfer in
            var destination = TransferDestination(transfer.to)
            destination.kind = TransferDestination.Kind(rawValue: transfer.kind.rawValue) ?? .blind
            destination.ringTimeout = transfer.ringTimeout
            destination.briefing = transfer.briefing
            destination.question = transfer.question
            destination.acceptance =
                TransferDestination.Acceptance(rawValue: transfer.acceptance.rawValue) ?? .keyOrYes
            destination.headers = transfer.headers
            return destination
        }
    }
}
