internal import Logging
internal import SIPCore
internal import SIPNIO
internal import TelephonyPrimitives

/// Calls that we place.
extension Endpoint {
    /// Places a call and runs `body` while it is up; hangs up when that returns or throws.
    ///
    /// - Parameters:
    ///   - outgoing: whom to call, and how.
    ///   - progress: told what happens until the answer.
    ///   - body: runs once the call is answered, never before (a provisional answer is no answer).
    /// - Returns: what `body` returned.
    /// - Throws: ``CallError/badTarget(_:)``; ``CallError/ended(_:)`` when the call was refused, not answered or could
    ///   not be placed, with the SIP status; else what `body` throws.
    public nonisolated func call<Result: Sendable>(
        _ outgoing: OutgoingCall, progress: @escaping @Sendable (CallProgress) -> Void = { _ in },
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        await enter()
        do {
            let result = try await run(outgoing, progress: progress, body)
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private nonisolated func run<Result: Sendable>(
        _ outgoing: OutgoingCall, progress: @escaping @Sendable (CallProgress) -> Void,
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        let call = try await place(outgoing)
        let timeout = Task {
            try await Task.sleep(for: outgoing.ringTimeout)
            await call.giveUp()
        }
        let patience = outgoing.firstAnswer.map { limit in
            Task {
                try await Task.sleep(for: limit)
                await self.giveUpUnheard(call, after: limit)
            }
        }
        defer {
            timeout.cancel()
            patience?.cancel()
        }
        try await withTaskCancellationHandler {
            try await call.waitForAnswer(progress: progress)
        } onCancel: {
            Task { await call.hangUp(reason: .normal) }
        }
        timeout.cancel()
        do {
            let result = try await body(call)
            await call.hangUp(reason: .normal)
            return result
        } catch {
            await call.hangUp(reason: error is CancellationError ? .shutdown : .failure)
            throw error
        }
    }

    /// Ends a call to which nothing has come back. Its request may go on in the core for half a minute: until something
    /// comes it can't be cancelled (RFC 3261 §9.1).
    private func giveUpUnheard(_ call: SIPCall, after limit: Duration) async {
        guard await call.isUnheard else { return }
        forget(call.session)
        await call.hangUp(reason: .normal)
        await call.finish(
            CallEnd(
                cause: .unreachable,
                explanation:
                    "\(call.remote.address): nothing was heard of its server within \(limit.inMilliseconds) ms."))
    }

    /// Sends the INVITE.
    private func place(_ outgoing: OutgoingCall) async throws -> SIPCall {
        guard var target = try? SIPURI(parsing: outgoing.target) else { throw CallError.badTarget(outgoing.target) }
        if let transport = outgoing.transport, target.transportParameter == nil, transport != .udp {
            target = target.addingTransport(transport.uriParameter)
        }
        let flowTarget =
            outgoing.server ?? outgoing.account?.firstHop
            ?? FlowTarget(
                host: target.hostText, port: target.port,
                transport: outgoing.transport
                    ?? target.transportParameter.flatMap {
                        TransportProtocol(uriParameter: $0, secure: target.isSecure)
                    },
                secure: target.isSecure)
        let flow: Flow
        do {
            flow = try await userAgent.route(to: flowTarget)
        } catch {
            throw CallError.ended(
                CallEnd(cause: .unreachable, explanation: "\(flowTarget.host) could not be reached: \(error)"))
        }
        let announced = configuration.publicAddress ?? flow.local.ip
        let ownAddress = outgoing.account.map { "\($0.registration.addressOfRecord)" }
        let fromText =
            outgoing.from ?? ownAddress ?? "sip:trunkline@\(TransportAddress(ip: announced, port: flow.local.port))"
        guard let fromURI = try? URI(parsing: fromText) else { throw CallError.badTarget(fromText) }
        let from = NameAddress(
            displayName: outgoing.displayName ?? outgoing.account?.registration.displayName, uri: fromURI)
        let to = NameAddress(uri: .sip(target))
        let session = await userAgent.makeSessionID()
        let call = register(
            session, as: outgoing.id ?? .make(), direction: .outgoing, remote: CallParty(to), local: CallParty(from),
            callID: nil)
        call.logger.info("calling", metadata: ["to": "\(call.remote.address)", "via": "\(flow.remote)"])
        do {
            try await call.openMedia(
                on: configuration.mediaAddress ?? flow.local.ip,
                announced: configuration.publicAddress ?? configuration.mediaAddress?.specified ?? flow.local.ip,
                ports: ports, codecs: outgoing.codecs ?? configuration.codecs,
                security: outgoing.srtp ?? configuration.srtp, flow: flow)
            let body = try await call.describe(offer: nil)
            var invite = OutgoingInvite(
                target: target, from: from, to: to, body: body, headers: HeaderFields(outgoing.headers),
                credentials: outgoing.credentials, flowTarget: outgoing.account == nil ? flowTarget : nil,
                account: outgoing.account?.id)
            invite.privacy = outgoing.privacy
            await userAgent.perform(.invite(session, invite))
            if messages != nil || configuration.journals != nil, let callID = await userAgent.callID(of: session) {
                bind(callID.text, to: call)
            }
        } catch {
            // The core never heard of this session, so its end is told here.
            await call.finish(CallEnd(cause: .failed, explanation: "The call could not be set up: \(error)"))
            forget(session)
            throw error
        }
        return call
    }
}

extension CallParty {
    init(_ address: NameAddress) {
        self.init(address: address.uri.description, displayName: address.displayName)
    }
}
