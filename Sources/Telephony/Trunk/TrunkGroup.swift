public import SIPCore
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// The trunks by which numbers are called, with what is known of how they stand. One for all calls of an endpoint.
public final class TrunkGroup: Sendable {
    public let trunks: [Trunk]
    /// By which of them a number is called.
    public let routes: TrunkRoutes
    private let ledger: Mutex<TrunkLedger>

    /// - Parameters:
    ///   - trunks: in the order in which they are tried.
    ///   - routes: `nil`: every number by the first trunk, and by the next ones when that fails.
    public init(_ trunks: [Trunk], routes: TrunkRoutes? = nil) {
        self.trunks = trunks
        self.routes = routes ?? TrunkRoutes(count: trunks.count)
        ledger = Mutex(TrunkLedger(callsPerSecond: trunks.map(\.callsPerSecond)))
    }

    /// What is meant by a number, where the first trunk that is of a country says how it is dialled there.
    public func global(_ number: TelephoneNumber) -> TelephoneNumber {
        (trunks.first { $0.numbers.plan != nil } ?? trunks.first)?.numbers.global(number) ?? number
    }

    /// The trunks by which a number may be called, the one to be tried first in front.
    public func trunks(to number: TelephoneNumber) -> [Trunk] { places(to: number).map { trunks[$0] } }

    private func places(to number: TelephoneNumber) -> [Int] {
        routes.trunks(to: global(number).description).filter { trunks.indices.contains($0) }
    }

    /// By which trunk a call goes now.
    public struct Choice: Sendable {
        public var trunk: String
        /// The trunk that was tried before, and how the call failed there.
        public var after: (trunk: String, end: CallEnd)?

        /// For the record: `backup, after main: …`.
        public var sentence: String { trunk + (after.map { ", after \($0.trunk): \($0.end.explanation)" } ?? "") }
    }

    /// Calls a number by the trunks of its route, one after the other while each fails in a way that is the trunk's own
    /// (``TrunkFailure``), and runs `body` while the call is up.
    ///
    /// - Parameters:
    ///   - number: whom to call.
    ///   - outgoing: how; its target, account and server are those of the trunk. `from` may be a number, which is written
    ///     as the trunk wants it. It may ring for `ringTimeout` in all.
    ///   - endpoint: which places the calls.
    ///   - progress: told what happens until the answer.
    ///   - choice: told which trunk is tried.
    ///   - body: runs once the call is answered.
    /// - Returns: what `body` returned.
    /// - Throws: as `Endpoint.call(_:progress:_:)`, of the last trunk.
    public func call<Result: Sendable>(
        _ number: TelephoneNumber, _ outgoing: OutgoingCall, on endpoint: Endpoint,
        progress: @escaping @Sendable (CallProgress) -> Void = { _ in },
        choice: @Sendable (Choice) -> Void = { _ in },
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        let course = CourseBox(TrunkCourse(trunks: places(to: number)))
        let deadline = Instant.now + outgoing.ringTimeout
        var step = update(course) { course, ledger in course.begin(&ledger, now: .now) }
        var failure: (trunk: String, end: CallEnd)?
        while case .place(let place, let turn) = step, trunks.indices.contains(place) {
            let trunk = trunks[place]
            let wait = turn - .now
            if wait > .zero { try await Task.sleep(for: wait) }
            var call = outgoing.by(trunk, to: number, usualCodecs: endpoint.configuration.codecs)
            call.ringTimeout = deadline - .now
            guard failure == nil || call.ringTimeout > .zero else { break }
            choice(Choice(trunk: trunk.name, after: failure))
            do {
                return try await endpoint.call(call) { told in
                    if case .provisional(let status, _) = told {
                        self.update(course) { course, ledger in course.progressed(status: status, &ledger) }
                    }
                    progress(told)
                } _: { call in
                    self.update(course) { course, ledger in course.answered(&ledger) }
                    return try await body(call)
                }
            } catch CallError.ended(let end) {
                failure = (trunk.name, end)
                step = update(course) { course, ledger in course.failed(end, &ledger, now: .now) }
            }
        }
        if let failure { throw CallError.ended(failure.end) }
        throw CallError.ended(
            CallEnd(
                cause: .failed,
                explanation: places(to: number).isEmpty
                    ? "No route leads to \(number): outbound.routes names no trunk for it."
                    : "Too many calls wait for their turn on the trunk; call again later."))
    }

    @discardableResult private func update<Value>(
        _ course: CourseBox, _ change: (inout TrunkCourse, inout TrunkLedger) -> Value
    ) -> Value {
        ledger.withLock { ledger in course.state.withLock { course in change(&course, &ledger) } }
    }

    private final class CourseBox: Sendable {
        let state: Mutex<TrunkCourse>

        init(_ course: TrunkCourse) {
            state = Mutex(course)
        }
    }
}

extension OutgoingCall {
    /// The call as a trunk wants it.
    func by(_ trunk: Trunk, to number: TelephoneNumber, usualCodecs: [VoiceCodec]) -> OutgoingCall {
        var call = self
        call.target = "\(trunk.uri(of: number))"
        call.server = trunk.server
        call.account = nil
        call.transport = nil
        call.credentials = credentials ?? trunk.credentials
        let caller = from ?? trunk.caller
        call.from =
            caller.map { trunk.address(ofCaller: $0) } ?? trunk.credentials.map { "\(trunk.uri(of: $0.username))" }
        if trunk.hidesCaller { call.privacy = Privacy(privacy.values + [.id]) }
        // What the trunk knows us by is not for whoever wants the call to say.
        let names = Set(trunk.headers.map { $0.name.lowercased() })
        call.headers = trunk.headers + headers.filter { !names.contains($0.name.lowercased()) }
        call.codecs = codecs ?? trunk.offered(usualCodecs)
        call.srtp = srtp ?? trunk.srtp
        call.firstAnswer = firstAnswer ?? trunk.firstAnswer
        return call
    }
}

extension Trunk {
    /// A caller, who is a number or a SIP URI, as the trunk wants them.
    public func address(ofCaller text: String) -> String {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard scheme != "sip", scheme != "sips" else { return text }
        let digits = scheme == "tel" ? String(text.dropFirst(4)) : text
        return TelephoneNumber(digits).map { "\(uri(of: numbers.written($0)))" } ?? text
    }
}
