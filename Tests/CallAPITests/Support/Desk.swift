import Agent
import Foundation
import Synchronization
import Telephony
import TelephonyPrimitives

@testable import CallAPI

/// An API with everything around it in memory, but for a database in a folder of its own.
final class Desk: Sendable {
    let calls = LiveCalls()
    let line: ScriptedLine
    let store: SQLiteCallStore
    let api: CallAPI
    private let folder: String
    private let clock = HandClock()
    let alarms = Alarms()

    init(
        _ change: (inout CallAPI.Settings) throws -> Void = { _ in },
        abilities: AgentAbilities = [
            .instructions, .variables, .speaking,
        ]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "callapitests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try SQLiteCallStore(path: "\(folder)/calls.db", now: 5)
        line = ScriptedLine(calls: calls, store: store, abilities: abilities)
        var settings = CallAPI.Settings()
        settings.requestsPerSecond = 1_000
        settings.outgoing.allowed = [try DestinationPattern("+4930*"), try DestinationPattern("sip:*@example.com")]
        try change(&settings)
        let (clock, alarms) = (clock, alarms)
        api = CallAPI(
            settings: settings,
            surroundings: CallAPI.Surroundings(
                store: store, calls: calls, placing: line,
                readiness: { [PartReadiness("sip", isReady: true), PartReadiness("database", isReady: true)] },
                metrics: { ("# nothing\n", "text/plain") }, now: { clock.now.withLock { $0 } },
                wallClock: { clock.now.withLock { $0.nanoseconds / 1_000_000 } },
                onLimit: { sentence in alarms.told.withLock { $0.append(sentence) } }))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func wait(_ duration: Duration) { clock.now.withLock { $0 = $0 + duration } }

    /// Asks as a client on this machine would.
    func ask(
        _ method: String, _ target: String, _ body: String? = nil, headers: [(String, String)] = []
    ) async -> Answer {
        var all = headers.map { (name: $0.0, value: $0.1) }
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { all.append(("Host", "127.0.0.1:8080")) }
        if body != nil, !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            all.append(("Content-Type", "application/json"))
        }
        let request = APIRequest(method, target, headers: all, body: Array((body ?? "").utf8))
        if let refusal = api.refusal(of: request) { return Answer(refusal) }
        return Answer(await api.respond(to: request))
    }

    /// A call that is up.
    func callUp(
        _ id: String = "0000-1", direction: CallDirection = .incoming, transfers: TransferDesk = TransferDesk(),
        supervision: SupervisionDesk = SupervisionDesk()
    ) -> (call: HeldCall, prompter: Prompter) {
        let call = HeldCall(id: CallIdentifier(id), direction: direction)
        let prompter = Prompter()
        line.begin(call.id, direction, prompter, transfers, supervision)
        line.note(.answered(at: 10), of: call.id)
        calls.answered(call)
        return (call, prompter)
    }
}

/// A clock that is set by hand.
final class HandClock: Sendable {
    let now = Mutex(Instant(nanoseconds: 0))
}

/// What the operator was told.
final class Alarms: Sendable {
    let told = Mutex([String]())
}

/// What was answered.
struct Answer {
    let response: APIResponse

    init(_ response: APIResponse) { self.response = response }

    var status: Int { response.status }

    var text: String {
        if case .octets(let octets) = response.body { String(decoding: octets, as: UTF8.self) } else { "" }
    }

    var json: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
    /// Of a problem.
    var code: String? { json["code"]?.string }

    func header(_ name: String) -> String? { response.headers.first { $0.name == name }?.value }

    var source: (any OctetSource)? {
        if case .stream(let source) = response.body { source } else { nil }
    }
}

/// Places no calls, but says that it does.
final class ScriptedLine: CallPlacing {
    let abilities: AgentAbilities
    private let calls: LiveCalls
    private let store: SQLiteCallStore
    let orders = Mutex([CallOrder]())
    let hasRoom = Mutex(true)
    let isRecorded = Mutex(false)
    let hungUp = Mutex([String]())
    let recorded = Mutex([CallEntry]())

    init(calls: LiveCalls, store: SQLiteCallStore, abilities: AgentAbilities) {
        self.calls = calls
        self.store = store
        self.abilities = abilities
    }

    func obstacle(to destination: Destination) -> String? {
        if case .number("+4930999") = destination { "There is no way." } else { nil }
    }

    /// As where 0 is dialled before a number of the same country.
    func canonical(_ destination: Destination) -> Destination {
        guard case .number(let digits) = destination, digits.hasPrefix("0") else { return destination }
        return .number("+49\(digits.dropFirst())")
    }

    func address(of destination: Destination) -> String {
        if case .number(let number) = destination { "sip:\(number)@trunk.example" } else { "\(destination)" }
    }

    func place(_ order: CallOrder) -> Bool {
        guard hasRoom.withLock({ $0 }) else { return false }
        orders.withLock { $0.append(order) }
        begin(order.id, .outgoing, order.brief.prompter)
        return true
    }

    func note(_ entry: CallEntry, of id: CallIdentifier) {
        store.write(entry, of: id)
        calls.note(entry, of: id)
        recorded.withLock { $0.append(entry) }
    }

    func begin(
        _ id: CallIdentifier, _ direction: CallDirection, _ prompter: Prompter,
        _ transfers: TransferDesk = TransferDesk(), _ supervision: SupervisionDesk = SupervisionDesk()
    ) {
        note(
            .began(
                CallBeginning(
                    direction: direction, remote: CallParty(address: "sip:ada@example.com"),
                    local: CallParty(address: "sip:desk@example.com"), agent: "script", startedAt: 1_000)), of: id)
        calls.opened(
            CallDoor(
                prompter: prompter, transfers: transfers, supervision: supervision, abilities: abilities,
                hangUp: { [self] in
                    hungUp.withLock { $0.append(id.text) }
                    end(id)
                }, record: { [self] in note($0(20), of: id) },
                pauseRecording: { [self] isPaused in
                    guard isRecorded.withLock({ $0 }) else { return false }
                    note(.event(kind: isPaused ? "recording paused" : "recording goes on", detail: "", at: 20), of: id)
                    return true
                }), to: id)
    }

    func end(_ id: CallIdentifier) {
        note(.ended(CallEnd(cause: .localHangUp, explanation: "We hung up."), at: 100), of: id)
    }
}
