internal import Logging
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// Calls to us.
extension CallControlServer {
    /// A call comes in, and waits for a command.
    func invited(_ beginning: LegBeginning, _ reference: LegReference, _ control: CallControlID) {
        if let wanted = configuration.connection, let given = reference.connection, wanted != given {
            return logger.notice(
                "left a call alone: it is of another application than call_control.connection_id",
                metadata: ["connection": "\(given)"])
        }
        guard mayRing else {
            Task { [telnyx] in try? await telnyx.run(RejectCommand(.busy), on: control) }
            return
        }
        ring(beginning, reference, control, format: configuration.codec.format)
    }

    /// Whether there is somebody who takes one more call; says so when not.
    var mayRing: Bool {
        guard incoming != nil, !isStopping, legs.count < configuration.maximumCalls else {
            logger.notice("refused a call: \(isStopping ? "stopping" : "no more calls are taken at once")")
            return false
        }
        return true
    }

    /// Hands a call to whoever takes them.
    ///
    /// - Parameter asking: takes the document that a TeXML application waits for; `nil`: the call waits for a command.
    func ring(
        _ beginning: LegBeginning, _ reference: LegReference, _ control: CallControlID, format: StreamFormat,
        asking: (@Sendable (PortAnswer) -> Void)? = nil
    ) {
        let id = CallIdentifier.make()
        let isTeXML = asking != nil
        let invitation = IncomingLeg(id, beginning, reference, isTeXML: isTeXML, began: .now, server: self)
        var limits = limits
        // Telnyx opens the stream again by itself, at once: its token has to be good by then.
        if isTeXML { limits.cut = .zero }
        let leg = RunningLeg(
            id,
            CallControlLeg(
                .incoming, streamURL: configuration.streamURL,
                streamsWithAnswer: isTeXML || configuration.codec.fitsAnswer, limits: limits),
            remote: invitation.remote, local: invitation.local, began: invitation.began, control: control,
            format: format, isTeXML: isTeXML)
        leg.asking = asking
        add(leg)
        logger.info(
            "incoming call",
            metadata: [
                "call": "\(id)", "from": "\(invitation.remote.address)",
                "carrier-session": "\(reference.session ?? "")",
            ])
        incoming?.yield(invitation)
    }

    /// Hands each call that comes in to `handler`, in a task of its own, until ``shutdown(drain:)``.
    package func serve(_ handler: @escaping @Sendable (IncomingLeg) async throws -> Void) async {
        let (stream, continuation) = AsyncStream.makeStream(of: IncomingLeg.self)
        incoming = continuation
        if isStopping { continuation.finish() }
        await withDiscardingTaskGroup { group in
            for await invitation in stream {
                group.addTask { [logger] in
                    do {
                        try await handler(invitation)
                    } catch CallError.ended {
                        logger.debug("the call ended before its handler did", metadata: ["call": "\(invitation.id)"])
                    } catch {
                        logger.error("the call's handler failed: \(error)", metadata: ["call": "\(invitation.id)"])
                    }
                    // One that was not answered rings still.
                    await self.refuse(invitation.id)
                }
            }
        }
        incoming = nil
    }

    func answer(
        _ id: CallIdentifier, note: @escaping @Sendable (String, String) -> Void
    ) async throws(CallError) -> StreamCall {
        guard let leg = legs[id] else {
            throw .ended(
                CallEnd(cause: .cancelled, explanation: "The caller hung up before the call was answered."))
        }
        guard leg.upWaiter == nil, leg.call == nil else { throw .busy }
        leg.note = note
        let result: Result<StreamCall, CallError> = await withCheckedContinuation { continuation in
            leg.upWaiter = continuation
            tell(.answer, to: id)
        }
        return try result.get()
    }

    func refuse(_ id: CallIdentifier) { tell(.reject(.busy), to: id) }
}
