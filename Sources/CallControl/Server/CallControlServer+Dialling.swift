internal import SIPNIO
package import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// Calls of ours.
extension CallControlServer {
    /// Places a call and runs `body` while it is up; hangs up when it returns or throws, or its task is cancelled before.
    ///
    /// - Parameters:
    ///   - id: of the call.
    ///   - to: a number in E.164, or a SIP URI.
    ///   - caller: a number of the account; `nil`: that of the configuration.
    ///   - ringing: how long it rings at most.
    ///   - headers: further header fields; those whose names begin with `X-` are sent.
    ///   - note: gets what is worth keeping in the call's record.
    /// - Throws: ``CallError``; else what `body` throws.
    package nonisolated func call<Result: Sendable>(
        _ id: CallIdentifier, to: String, from caller: String?, ringing: Duration,
        headers: [(name: String, value: String)] = [], progress: @escaping @Sendable (CallProgress) -> Void,
        note: @escaping @Sendable (_ kind: String, _ detail: String) -> Void = { _, _ in },
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        let call = try await withTaskCancellationHandler {
            try await dial(id, to: to, from: caller, ringing: ringing, headers: headers, progress: progress, note: note)
        } onCancel: {
            Task { await self.hangUp(id, reason: .normal) }
        }
        do {
            let result = try await body(call)
            await call.hangUp(reason: .normal)
            return result
        } catch {
            await call.hangUp(reason: error is CancellationError ? .shutdown : .failure)
            throw error
        }
    }

    private func dial(
        _ id: CallIdentifier, to: String, from caller: String?, ringing: Duration,
        headers: [(name: String, value: String)] = [], progress: @escaping @Sendable (CallProgress) -> Void,
        note: @escaping @Sendable (String, String) -> Void
    ) async throws(CallError) -> StreamCall {
        guard let application = configuration.connection, let from = caller ?? configuration.caller else {
            throw .badTarget("\(to), which needs call_control.connection_id and call_control.from")
        }
        guard legs[id] == nil, !isStopping, legs.count < configuration.maximumCalls else { throw .busy }
        var command = DialCommand(to: TransferNumber.plain(to), from: from, application: application)
        command.sip.customHeaders = headers.filter { $0.name.lowercased().hasPrefix("x-") }
            .map { SIPHeader($0.name, $0.value) }
        command.ringing = min(max(ringing, .seconds(5)), .seconds(600))
        let leg = RunningLeg(
            id,
            CallControlLeg(
                .outgoing, streamURL: configuration.streamURL, limits: limits, ringing: ringing),
            remote: CallParty(address: to), local: CallParty(address: from), began: .now, control: nil,
            format: configuration.codec.format)
        leg.dial = command
        leg.progress = progress
        leg.note = note
        add(leg)
        let result: Result<StreamCall, CallError> = await withCheckedContinuation { continuation in
            leg.upWaiter = continuation
            perform(leg.value.dial(now: .now), of: leg)
        }
        return try result.get()
    }
}
