internal import Logging
internal import SIPCore
internal import SIPNIO
internal import Synchronization
public import TelephonyPrimitives

/// A call that rings at us and is not answered yet: it can be let ring, given sound before the answer, answered, or
/// refused. Leaving it alone refuses it.
public final class IncomingCall: Sendable {
    /// The identifier that its ``Call`` will have.
    public var id: CallIdentifier { call.id }
    /// Who calls.
    public var remote: CallParty { call.remote }
    /// Whom they want.
    public var local: CallParty { call.local }

    /// When its INVITE was taken, on the clock of the loops.
    public let began: Instant

    let call: SIPCall
    let request: Request
    private let flow: Flow
    private let userAgent: SIPUserAgent
    /// The trunk from which it comes; `nil` when it comes from elsewhere.
    public let trunk: Trunk?
    private let description = Mutex<Body?>(nil)
    private let settled = Mutex(false)

    init(call: SIPCall, request: Request, flow: Flow, userAgent: SIPUserAgent, trunk: Trunk?, began: Instant) {
        self.trunk = trunk
        self.began = began
        self.call = call
        self.request = request
        self.flow = flow
        self.userAgent = userAgent
    }

    /// The first value of a header field of the INVITE, e.g. `X-Account`, as it came.
    public func header(_ name: String) -> String? {
        request.first(HeaderName(name))
    }

    private var offer: [UInt8]? {
        request.sessionDescription
    }

    /// Opens sockets for the sound and agrees on a codec, before the application sees the call. Refuses the call when
    /// that can't be.
    ///
    /// - Returns: whether the call can be answered.
    func prepare(configuration: EndpointConfiguration, ports: PortRange) async -> Bool {
        do {
            try await call.openMedia(
                on: configuration.mediaAddress ?? flow.local.ip,
                announced: configuration.publicAddress ?? configuration.mediaAddress?.specified ?? flow.local.ip,
                ports: ports, codecs: trunk?.codecs ?? configuration.codecs,
                security: trunk?.srtp ?? configuration.srtp,
                flow: flow)
        } catch {
            call.logger.error("refused a call: no sound", metadata: ["why": "\(error)"])
            await refuse(status: 503, reason: nil, headers: [(.retryAfter, "10")])
            configuration.onRefusal?(refused(503, "No port for its sound could be opened: \(error)"))
            return false
        }
        do {
            let body = try await call.describe(offer: offer)
            description.withLock { $0 = body }
            return true
        } catch {
            call.logger.notice("refused a call", metadata: ["why": "\(error.sentence)"])
            await refuse(status: error.status, reason: nil, headers: [(.warning, error.warning)])
            configuration.onRefusal?(refused(error.status, error.sentence))
            return false
        }
    }

    private func refused(_ status: Int, _ reason: String) -> RefusedCall {
        RefusedCall(id: id, remote: remote, local: local, began: began, status: status, reason: reason)
    }

    /// Whether it was answered or refused already.
    var isSettled: Bool { settled.withLock { $0 } }

    /// Lets the caller hear ringing (180).
    ///
    /// - Parameter headers: further header fields.
    public func ring(headers: [(name: String, value: String)] = []) async {
        guard !isSettled else { return }
        await userAgent.perform(.ring(call.session, status: 180, headers: HeaderFields(headers)))
    }

    /// Gives the caller sound before the call is answered, e.g. an announcement (183 with a session description).
    /// Sound flows both ways while `body` runs; the call can still be answered or refused after it.
    ///
    /// - Throws: ``CallError/ended(_:)`` when the caller has given up, ``CallError/refused(status:reason:)`` when the
    ///   INVITE brought no offer; else what `body` throws.
    public func earlyMedia<Result: Sendable>(
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        if let end = await call.ending { throw CallError.ended(end) }
        guard offer != nil, let description = description.withLock({ $0 }) else {
            throw CallError.refused(
                status: 488, reason: "The caller made no offer, so there is no sound before the answer.")
        }
        await userAgent.perform(.ring(call.session, status: 183, body: description))
        await call.startMedia()
        return try await body(call)
    }

    /// Answers (200), and runs `body` while the call is up; hangs up when it returns or throws.
    ///
    /// - Parameters:
    ///   - headers: further header fields of the 200.
    ///   - body: what happens on the call.
    /// - Throws: ``CallError/ended(_:)`` when the caller has given up; else what `body` throws.
    public func answer<Result: Sendable>(
        headers: [(name: String, value: String)] = [], _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        if let end = await call.ending { throw CallError.ended(end) }
        let first = settled.withLock { settled in
            defer { settled = true }
            return !settled
        }
        guard first else { throw CallError.busy }
        await userAgent.perform(
            .answer(call.session, body: description.withLock { $0 }, headers: HeaderFields(headers)))
        await call.becameUp(PeerAbilities(of: request))
        await call.startMedia()
        do {
            let result = try await body(call)
            await call.hangUp(reason: .normal)
            return result
        } catch {
            await call.hangUp(reason: error is CancellationError ? .shutdown : .failure)
            throw error
        }
    }

    /// Refuses the call.
    ///
    /// - Parameters:
    ///   - status: a SIP status from 300 on, e.g. 486 busy, 603 declined.
    ///   - reason: the words of the status line; the standard ones when `nil`.
    ///   - headers: further header fields.
    public func reject(
        status: Int = 603, reason: String? = nil, headers: [(name: String, value: String)] = []
    ) async {
        await refuse(status: status, reason: reason, headers: HeaderFields(headers))
    }

    func refuse(status: Int, reason: String?, headers: HeaderFields) async {
        let first = settled.withLock { settled in
            defer { settled = true }
            return !settled
        }
        guard first else { return }
        await userAgent.perform(
            .reject(call.session, status: max(300, min(status, 699)), reason: reason, headers: headers))
    }
}

extension HeaderFields {
    /// The fields that an application gives by name.
    init(_ headers: [(name: String, value: String)]) {
        self = headers.map { (HeaderName($0.name), $0.value) }
    }
}
