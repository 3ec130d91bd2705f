internal import Agent
internal import CallAPI
internal import FoundationEssentials
internal import SIPCore
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TrunklineConfiguration

/// Whether the server can take calls, part by part.
final class ServerReadiness: Sendable {
    private struct State {
        var isStopping = false
        /// What the database said, and when it was asked: a probe writes.
        var probe: (at: ContinuousClock.Instant, reason: String?)?
    }

    private let settings: Configuration
    private let endpoint: Endpoint
    private let store: SQLiteCallStore
    private let usesLocalSpeech: Bool
    private let state = Mutex(State())

    init(_ settings: Configuration, endpoint: Endpoint, store: SQLiteCallStore, usesLocalSpeech: Bool) {
        self.settings = settings
        self.endpoint = endpoint
        self.store = store
        self.usesLocalSpeech = usesLocalSpeech
    }

    /// From now on no more calls are taken.
    func stops() {
        state.withLock { $0.isStopping = true }
    }

    func parts() async -> [PartReadiness] {
        let isStopping = state.withLock { $0.isStopping }
        var parts = [
            PartReadiness(
                "sip", isReady: !isStopping, reason: isStopping ? "The server stops and takes no more calls." : nil)
        ]
        // In the order of the configuration; addresses are for nobody who only asks whether we are ready.
        for (setting, account) in zip(settings.accounts, await endpoint.accounts) {
            parts.append(Self.part("account \(setting.name)", account.state))
        }
        let trouble = await database()
        parts.append(PartReadiness("database", isReady: trouble == nil, reason: trouble))
        if let folder = settings.calls.recordings.map(HomePath.expand), let trouble = Self.trouble(with: folder) {
            parts.append(PartReadiness("recordings", isReady: false, reason: trouble))
        }
        if usesLocalSpeech { parts.append(PartReadiness("speech", isReady: true)) }
        return parts
    }

    private static func part(_ name: String, _ state: RegistrationState) -> PartReadiness {
        switch state {
        case .registered: PartReadiness(name, isReady: true)
        case .registering: PartReadiness(name, isReady: false, reason: "It is being registered.")
        case .failed(let failure): PartReadiness(name, isReady: false, reason: "Not registered: \(failure.reason)")
        case .unregistered: PartReadiness(name, isReady: false, reason: "It was unregistered.")
        }
    }

    private func database() async -> String? {
        let now = ContinuousClock.now
        if let probe = state.withLock({ $0.probe }), now - probe.at < .seconds(1) { return probe.reason }
        var reason: String?
        do throws(CallStoreError) {
            try await store.probe()
        } catch {
            reason = "The call database can't be written; is the disk full? The log says more."
        }
        state.withLock { $0.probe = (now, reason) }
        return reason
    }

    private static func trouble(with folder: String) -> String? {
        let files = FileManager.default
        guard files.fileExists(atPath: folder), !files.isWritableFile(atPath: folder) else { return nil }
        return "The folder for recordings can't be written."
    }
}
