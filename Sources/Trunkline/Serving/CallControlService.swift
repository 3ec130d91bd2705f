internal import Agent
internal import CallAPI
internal import CallControl
internal import FoundationEssentials
internal import Logging
internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Takes calls by Call Control: the agent and the record have them as they have those by SIP.
struct CallControlService: Sendable {
    let server: CallControlServer
    private let service: CallService
    /// Calls at once, by whichever way.
    private let capacity: Int

    /// Opens the port for webhooks and streams.
    ///
    /// - Parameter capacity: calls at once.
    /// - Returns: `nil` when the configuration wants none.
    /// - Throws: ``AgentMaking/Failure`` when the key can't be read, `CallControlFailure` when the port can't be opened.
    static func open(
        _ settings: Configuration, capacity: Int, logger: Logger
    ) async throws -> CallControlServer? {
        guard let wanted = settings.callControl else { return nil }
        var configuration = CallControlConfiguration(
            listen: wanted.listen, publicURL: wanted.publicURL, publicKey: wanted.publicKey,
            apiKey: try wanted.secret)
        configuration.apiURL = wanted.apiURL
        configuration.codec = CallControlConfiguration.Codec(rawValue: wanted.codec.rawValue) ?? .pcmu
        configuration.connection = wanted.connectionID
        configuration.caller = wanted.from
        configuration.maximumCalls = capacity
        configuration.servesTeXML = wanted.servesTeXML
        return try await CallControlServer(configuration, logger: logger)
    }

    init(_ server: CallControlServer, service: CallService, capacity: Int) {
        self.server = server
        self.service = service
        self.capacity = capacity
    }

    /// Calls that ring or are up.
    static func live(_ server: CallControlServer?) async -> Int { await server?.live ?? 0 }

    /// Where it is, for people.
    var place: String {
        "http://\(server.address), webhooks to \(server.webhookURL)"
            + (server.texmlURL.map { ", TeXML at \($0)" } ?? "")
    }

    /// Takes calls until ``shutdown(drain:)``.
    func run() async {
        await server.serve { try await handle($0) }
    }

    /// Waits until ``run()`` has begun to take calls.
    func untilServing() async {
        while !(await server.isServing) { await Task.yield() }
    }

    func shutdown(drain: Duration) async { await server.shutdown(drain: drain) }

    /// Takes a call by SIP, of which the endpoint knows its own alone: there may be as many by both ways together.
    func take(_ invitation: IncomingCall) async throws {
        guard isFull else { return try await service.handle(invitation) }
        note(refused: invitation.id, invitation.remote, invitation.local, invitation.began)
        await invitation.reject(status: 503, headers: [("Retry-After", "30")])
    }

    private var isFull: Bool { service.journal.calls.count() >= capacity }

    private func note(refused id: CallIdentifier, _ remote: CallParty, _ local: CallParty, _ began: Instant) {
        CallPage(
            of: RefusedCall(
                id: id, remote: remote, local: local, began: began, status: 486,
                reason: "\(capacity) calls are up, which is the limit (calls.maximum)."),
            agent: service.agent.name, in: service.journal)
    }

    private func handle(_ invitation: IncomingLeg) async throws {
        guard !isFull else {
            note(refused: invitation.id, invitation.remote, invitation.local, invitation.began)
            await invitation.refuse()
            return
        }
        let page = CallPage(
            invitation.id, direction: .incoming, remote: invitation.remote, local: invitation.local,
            agent: service.agent.name, began: invitation.began, in: service.journal)
        note(invitation, page)
        do {
            try await invitation.answer { kind, detail in
                page.note { .event(kind: kind, detail: detail, at: $0) }
            } _: { call in
                await service.talk(on: call, verified: invitation.verification.word, page: page)
            }
        } catch CallError.ended(let end) {
            page.end(end)
        } catch {
            page.end(CallEnd(cause: .failed, explanation: "Our side failed: \(error)"))
            throw error
        }
    }

    /// What Telnyx has said of a call.
    private func note(_ invitation: IncomingLeg, _ page: CallPage) {
        page.note {
            .event(kind: "carrier", detail: invitation.isTeXML ? "Telnyx TeXML" : "Telnyx Call Control", at: $0)
        }
        if let session = invitation.session {
            page.note { .event(kind: "carrier session", detail: session, at: $0) }
        }
        if let leg = invitation.leg { page.note { .event(kind: "carrier leg", detail: leg, at: $0) } }
        guard invitation.verification.isValid != nil else { return }
        page.note { .event(kind: "caller verified", detail: invitation.verification.word, at: $0) }
    }
}

extension IncomingLeg.Verification {
    /// For the record and the agent, as with calls by SIP.
    var word: String {
        switch isValid {
        case true: "yes" + (attestation.map { " (\($0))" } ?? "")
        case false: "no"
        default: "unknown"
        }
    }
}
