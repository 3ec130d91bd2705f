import SDP
public import SIPCore
import TelephonyPrimitives
public import TelephonyTesting

/// A domain in virtual time: a forking, record-routing proxy and five user agents, of which three are bob's, over a
/// network that is bad in its own way.
///
/// What its people do comes from the seed, and so does what the network does to their messages: the same seed is the same
/// run, octet for octet, on every machine and alone or among others. They call, ring, answer late or never, fork, hang
/// up at any moment, hold, transfer, redirect, send messages and digits, subscribe.
///
/// ```swift
/// let town = Town(seed: 17)
/// town.run(scenarios: 40)
/// for failure in town.failures() { print(failure) }
/// ```
///
/// Use one from one thread; several run side by side (``Simulation``).
public final class Town {
    /// Where all its chances come from.
    public let seed: UInt64
    /// Its network, with the trace of everything that was sent.
    public let network: SeededNetwork
    /// Its proxy and registrar.
    public let proxy: ForkingProxy
    let parties: [Party]
    private var chance: SeededGenerator
    /// Everything that was begun: calls, and requests and subscriptions outside of calls.
    public private(set) var scenarios = 0

    private static let addresses: [(name: String, user: String, host: UInt32)] = [
        ("alice", "alice", 0xC000_0215), ("bob-desk", "bob", 0xC000_021F), ("bob-mobile", "bob", 0xC000_0220),
        ("bob-soft", "bob", 0xC000_0221), ("carol", "carol", 0xC000_0229),
    ]

    /// Builds the town; nothing happens yet.
    ///
    /// - Parameters:
    ///   - seed: Where all its chances come from.
    ///   - configure: Changes the configuration that the seed chose for a user agent: what an application is to be tried
    ///     with. It gets the name, `alice`, `bob-desk`, `bob-mobile`, `bob-soft` or `carol`.
    public init(seed: UInt64, configure: (_ name: String, inout UserAgentConfiguration) -> Void = { _, _ in }) {
        self.seed = seed
        var chance = SeededGenerator(seed: seed)
        let network = SeededNetwork(seed: seed, conditions: Self.conditions(&chance))
        let proxy = ForkingProxy(
            "proxy", domain: "example.test", users: Party.passwords, at: .v4(0xC000_020A), on: network, seed: seed)
        parties = Self.addresses.map { entry in
            let seed = chance.next() >> 1
            let transport: TransportProtocol = Int.random(in: 0..<3, using: &chance) == 0 ? .tcp : .udp
            var configuration = Self.configuration(entry.name, &chance)
            configure(entry.name, &configuration)
            return Party(
                entry.name, user: entry.user, at: .v4(entry.host), proxy: proxy, seed: seed, transport: transport,
                configuration: configuration)
        }
        self.network = network
        self.proxy = proxy
        self.chance = chance
        for party in parties {
            party.react = { [unowned self] party, event in react(party, event) }
            party.registers()
        }
    }

    private static func conditions(_ chance: inout SeededGenerator) -> LinkConditions {
        var conditions = LinkConditions()
        conditions.delay = .milliseconds(Int.random(in: 1...120, using: &chance))
        conditions.jitter = .milliseconds(Int.random(in: 0...60, using: &chance))
        conditions.loss = Double.random(in: 0...0.1, using: &chance)
        conditions.reorder = Double.random(in: 0...0.05, using: &chance)
        conditions.duplicate = Double.random(in: 0...0.1, using: &chance)
        return conditions
    }

    private static func configuration(_ name: String, _ chance: inout SeededGenerator) -> UserAgentConfiguration {
        var configuration = UserAgentConfiguration()
        if Int.random(in: 0..<5, using: &chance) == 0 {
            configuration.authentication = DigestServer(
                realm: name, users: Party.passwords, secret: Array("the secret of \(name)".utf8))
        }
        configuration.reliableProvisionals = Bool.random(using: &chance) ? .whenSupported : .whenRequired
        if Bool.random(using: &chance) {
            configuration.sessionTimer = SessionTimerPolicy(interval: .seconds(120), minimum: .seconds(90))
        }
        configuration.servesRefer = true
        configuration.servesReplaces = true
        configuration.notifiedPackages = ["message-summary"]
        configuration.handedUpMethods = [.message]
        configuration.maximumRinging = .seconds(90)
        configuration.noticesPerSecond = 1_000
        return configuration
    }

    // MARK: What happens

    private func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &chance))
    }

    private func dice(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &chance) }

    private func later(_ range: ClosedRange<Int>, _ action: @escaping () -> Void) {
        network.after(milliseconds(range), action)
    }

    /// Lets everybody register, `count` things begin within five minutes and all of them end: 1040 s of virtual time.
    public func run(scenarios count: Int) {
        network.run(for: .seconds(40))
        for _ in 0..<count {
            scenarios += 1
            later(0...300_000) { [unowned self] in begin() }
        }
        network.run(for: .seconds(800))
        for party in parties { party.unregisters() }
        network.run(for: .seconds(200))
    }

    private func begin() {
        let party = parties[dice(parties.count)]
        let others = ["alice", "bob", "carol"].filter { $0 != party.user }
        let other = others[dice(others.count)]
        switch dice(20) {
        case 0: party.asks(.options, of: other)
        case 1, 2:
            party.asks(.message, of: other, body: Body(contentType: "text/plain", octets: Array("Hello".utf8)))
        case 3:
            let subscription = party.subscribes(to: other, for: .seconds(300))
            later(10_000...120_000) { party.command(.unsubscribe(subscription)) }
        default:
            let call = party.invites(other, withOffer: dice(8) > 0)
            if dice(5) == 0 { later(0...8_000) { party.hangsUp(call) } }
            // Nobody talks for longer than this.
            network.after(.seconds(280)) { party.hangsUp(call) }
        }
    }

    private func react(_ party: Party, _ event: UserAgentCore.Event) {
        switch event {
        case .incoming(let id, _, _):
            if let call = party.calls[id] { called(party, call) }
        case .replacing(let id, _):
            if let call = party.calls[id] { party.answers(call) }
        case .answered(let id, _, let offerPending):
            // Who still owes the answer can't change anything yet.
            if let call = party.calls[id] { talks(party, call, changes: !offerPending) }
        case .acknowledged(let id, _):
            if let call = party.calls[id], dice(3) == 0 { talks(party, call, changes: true) }
        case .refer(let id, _, let referral):
            referred(party, id, referral)
        case .subscription(let id, _):
            if dice(5) == 0 { return party.command(.refuseSubscription(id, status: 403)) }
            let summary = Body(
                contentType: "application/simple-message-summary", octets: Array("Messages-Waiting: yes\r\n".utf8))
            party.command(.acceptSubscription(id, body: summary))
            later(1_000...60_000) { party.command(.notify(id, .active, body: summary)) }
        default:
            break
        }
    }

    private func called(_ party: Party, _ call: PartyCall) {
        switch dice(13) {
        case 12:
            guard let other = ["alice", "bob", "carol"].first(where: { $0 != party.user && $0 != call.caller }) else {
                return party.rings(call)
            }
            later(0...2_000) { party.redirects(call, to: other) }
        case 0: later(0...2_000) { party.command(.reject(call.session, status: 486)) }
        case 1: later(0...2_000) { party.command(.reject(call.session, status: 603)) }
        case 2: party.rings(call)
        case 3: break
        case 4, 5:
            party.rings(call, 183, withSound: true)
            later(500...9_000) { [unowned self] in picksUp(party, call) }
        default:
            party.rings(call)
            later(0...9_000) { [unowned self] in picksUp(party, call) }
        }
    }

    /// Answers, and now and then hangs up at once: before the ACK, a callee may not send BYE yet (RFC 3261 §15).
    private func picksUp(_ party: Party, _ call: PartyCall) {
        party.answers(call)
        if dice(12) == 0 { later(0...200) { party.hangsUp(call) } }
    }

    private func talks(_ party: Party, _ call: PartyCall, changes: Bool) {
        if changes {
            switch dice(10) {
            case 0, 1:
                later(0...3_000) { party.changes(call, to: .sendonly) }
                later(5_000...9_000) { party.changes(call, to: .sendrecv) }
            case 2: later(0...5_000) { party.changes(call, to: .sendonly, byUpdate: true) }
            case 3:
                let digit = Body(
                    contentType: "application/dtmf-relay", octets: Array("Signal=5\r\nDuration=160\r\n".utf8))
                later(0...5_000) { if !call.isOver { party.command(.info(call.session, digit)) } }
            case 4:
                let target = ["alice", "bob", "carol"][dice(3)]
                later(500...5_000) {
                    if !call.isOver { party.command(.refer(call.session, target: "sip:\(target)@example.test")) }
                }
            case 5, 6: return consults(party, call)
            case 7: changesOnBothSides(party, call)
            default: break
            }
        }
        later(dice(3) == 0 ? 0...200 : 5_000...(dice(4) == 0 ? 200_000 : 20_000)) { party.hangsUp(call) }
    }

    /// Who is at the other end of a call, and the call as it is there.
    private func peer(of call: PartyCall) -> (Party, PartyCall)? {
        for party in parties where call.peer == nil || call.peer == party.host {
            let far = party.history.first { $0.callID == call.callID && $0.isOutgoing != call.isOutgoing }
            if let far { return (party, far) }
        }
        return nil
    }

    /// Both ends want something else at the same moment: glare (RFC 3261 §14.1).
    private func changesOnBothSides(_ party: Party, _ call: PartyCall) {
        guard let (other, far) = peer(of: call) else { return }
        network.after(.seconds(3)) {
            party.changes(call, to: .sendonly)
            other.changes(far, to: .recvonly)
        }
    }

    /// Calls a third party and connects the two: an attended transfer.
    private func consults(_ party: Party, _ call: PartyCall) {
        let users = [party.user, peer(of: call)?.0.user ?? ""]
        guard let third = ["alice", "bob", "carol"].first(where: { name in !users.contains { $0 == name } }) else {
            return
        }
        let second = party.invites(third)
        network.after(.seconds(15)) {
            guard !call.isOver, !second.isOver, second.isAnswered else { return party.hangsUp(second) }
            party.command(.transfer(call.session, to: second.session))
        }
        network.after(.seconds(45)) {
            party.hangsUp(second)
            party.hangsUp(call)
        }
    }

    private func referred(_ party: Party, _ id: SubscriptionID, _ referral: Referral) {
        // Nobody calls himself.
        guard dice(6) > 0, referral.method == .invite, referral.target.sip?.user != party.user else {
            return party.command(.refuseSubscription(id, status: 603))
        }
        let call = party.calls(on: referral, id)
        network.after(.seconds(60)) { if let call { party.hangsUp(call) } }
    }
}
