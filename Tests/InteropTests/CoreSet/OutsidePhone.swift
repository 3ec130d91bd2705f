import RTPMedia
import SIPCore
import SIPNIO
import Synchronization
import Telephony

/// A telephone outside, registered at a sandbox: it calls and is called, and does what scripts say.
final class OutsidePhone: Sendable {
    private struct State {
        /// What it does in the calls that come, one after the other.
        var scripts: [ScriptedCall] = []
        var outcomes: [(caller: String, outcome: ScriptedTalk.Outcome)] = []
    }

    private let user: String
    private let sandbox: SandboxProgram
    private let endpoint: Endpoint
    private let state = Mutex(State())
    private let serving = Mutex<Task<Void, Never>?>(nil)

    /// Registers, and waits until that is done.
    ///
    /// - Parameter user: its password is `sandbox-` and the same.
    init(_ user: String, at sandbox: SandboxProgram) async throws {
        self.user = user
        self.sandbox = sandbox
        let place = "\(sandbox.address):\(sandbox.port)"
        var configuration = EndpointConfiguration(listen: [try .udp("127.0.0.1", 0)])
        configuration.codecs = [.pcmu]
        configuration.accounts = [
            Registration(
                addressOfRecord: try SIPURI(parsing: "sip:\(user)@\(place)"),
                registrar: try SIPURI(parsing: "sip:\(place)"),
                credentials: Credentials(username: user, password: "sandbox-\(user)"))
        ]
        endpoint = try await Endpoint(configuration: configuration)
        serving.withLock { serving in
            serving = Task { [endpoint, weak self] in
                await endpoint.serve { [weak self] in try await self?.take($0) }
            }
        }
        for account in await endpoint.accounts { try await account.registered() }
    }

    /// Calls a number and goes through a script.
    func call(_ number: String, _ script: ScriptedCall) async throws -> ScriptedTalk.Outcome {
        let place = "\(sandbox.address):\(sandbox.port)"
        var outgoing = OutgoingCall(to: "sip:\(number)@\(place)")
        outgoing.from = "sip:\(user)@\(place)"
        outgoing.credentials = Credentials(username: user, password: "sandbox-\(user)")
        return try await endpoint.call(outgoing) { call in
            try await ScriptedTalk(script: script, number: 1).run(on: call)
        }
    }

    /// Says what it does in the next call that comes.
    func expect(_ script: ScriptedCall) { state.withLock { $0.scripts.append(script) } }

    /// Waits for the end of a call that came.
    ///
    /// - Parameters:
    ///   - number: which of those that came from there, from 1.
    ///   - caller: a part of who called; `nil`: whoever.
    func outcome(_ number: Int = 1, from caller: String? = nil) async throws -> ScriptedTalk.Outcome {
        try await eventually("the end of call \(number) to \(user)", within: .seconds(90)) {
            state.withLock { state in
                state.outcomes.filter { entry in caller.map { entry.caller.contains($0) } ?? true }
                    .dropFirst(number - 1).first?.outcome
            }
        }
    }

    private func take(_ invitation: IncomingCall) async throws {
        let script = state.withLock { $0.scripts.isEmpty ? nil : $0.scripts.removeFirst() }
        guard let script else { return await invitation.reject(status: 486) }
        let outcome = try await invitation.answer { call in
            try await ScriptedTalk(script: script, number: 1).run(on: call)
        }
        state.withLock { $0.outcomes.append((invitation.remote.address, outcome)) }
    }

    func close() async {
        await endpoint.shutdown(drain: .zero)
        await serving.withLock { $0 }?.value
    }
}
