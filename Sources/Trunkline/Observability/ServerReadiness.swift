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
        /// The same of the folder for recordings.
        var recordings: (at: ContinuousClock.Instant, reason: String?)?
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
        let names =
            settings.accounts.map { "account \($0.name)" }
            + endpoint.configuration.trunks.filter { $0.registration != nil }.map { "trunk \($0.name)" }
        for (name, account) in zip(names, await endpoint.accounts) { parts.append(Self.part(name, account.state)) }
        let trouble = await database()
        parts.append(PartReadiness("database", isReady: trouble == nil, reason: trouble))
        if let folder = settings.calls.recordings.map(HomePath.expand), let trouble = self.trouble(with: folder) {
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
            reason = "The call database can't be written; is the disk full? Make room; the log says more."
        }
        state.withLock { $0.probe = (now, reason) }
        return reason
    }

    private func trouble(with folder: String) -> String? {
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        let now = ContinuousClock.now
        if let known = state.withLock({ $0.recordings }), now - known.at < .seconds(1) { return known.reason }
        let reason = RecordingFolder.obstacle(in: folder).map {
            "The folder for recordings can't be written: \($0). Make room on its disk, or let Trunkline's user write there; "
                + "calls go on without."
        }
        state.withLock { $0.recordings = (now, reason) }
        return reason
    }
}
