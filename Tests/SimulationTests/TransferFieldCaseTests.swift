import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@testable import SIPSimulation

/// F-06: what transfers have done to people: refused, routed back to whoever was transferred, cut off a minute later,
/// keys in the wrong leg. Here through a record-routing proxy and over a bad line.
@Suite("Transfers through a proxy")
struct TransferFieldCaseTests {
    private struct Domain {
        let network: SeededNetwork
        let proxy: ForkingProxy
        let alice: Party
        let bob: Party
        let carol: Party
        let progress: Told

        /// What alice hears of her transfer, and who got a digit.
        final class Told {
            var steps: [ReferProgress] = []
            var digits: [String] = []
        }

        init(seed: UInt64) {
            var conditions = LinkConditions()
            conditions.loss = seed == 0 ? 0 : 0.08
            conditions.duplicate = seed == 0 ? 0 : 0.05
            network = SeededNetwork(seed: seed, conditions: conditions)
            let proxy = ForkingProxy(
                "proxy", domain: "example.test", users: Party.passwords, at: .v4(0xC000_020A), on: network, seed: seed)
            self.proxy = proxy
            var configuration = UserAgentConfiguration()
            configuration.servesRefer = true
            configuration.servesReplaces = true
            func party(_ name: String, _ host: UInt32) -> Party {
                Party(
                    name, user: name, at: .v4(host), proxy: proxy, seed: seed &+ UInt64(host),
                    configuration: configuration)
            }
            (alice, bob, carol) = (party("alice", 0xC000_0215), party("bob", 0xC000_021F), party("carol", 0xC000_0229))
            let told = Told()
            progress = told
            for party in [alice, bob, carol] {
                party.react = { party, event in
                    switch event {
                    case .incoming(let id, _, _), .replacing(let id, _):
                        if let call = party.calls[id] { party.answers(call) }
                    case .refer(let id, _, let referral): _ = party.calls(on: referral, id)
                    case .transfer(_, let step): told.steps.append(step)
                    case .info(_, let request):
                        told.digits.append("\(party.name): \(String(decoding: request.body, as: UTF8.self))")
                    default: break
                    }
                }
                party.registers()
            }
            network.run(for: .seconds(40))
        }

        /// Whose call the other end of `call` is, and the call as it is there.
        func isTalking(_ one: PartyCall, with other: PartyCall) -> Bool {
            one.isAnswered && other.isAnswered && !one.isOver && !other.isOver && one.callID == other.callID
        }

        func endsClean() {
            for party in [alice, bob, carol] {
                for call in party.history { party.hangsUp(call) }
                party.unregisters()
            }
            network.run(for: .seconds(300))
            for party in [alice, bob, carol] {
                #expect(party.core.counters.isIdle, "\(party.name): \(party.core.counters)")
            }
            let report = TraceAuditor(proxies: ["proxy"]).audit(network.trace)
            #expect(report.isClean, "\(report)")
        }
    }

    @Test(
        "F-06: after an attended transfer through a proxy and BYE at once the two talk on, and the keys went to the right leg",
        arguments: UInt64(0)..<12)
    func attended(seed: UInt64) throws {
        let domain = Domain(seed: seed)
        let (network, alice, bob, carol) = (domain.network, domain.alice, domain.bob, domain.carol)
        let first = alice.invites("bob")
        network.run(for: .seconds(20))
        alice.changes(first, to: .sendonly)
        network.run(for: .seconds(20))
        let consult = alice.invites("carol")
        network.run(for: .seconds(20))
        try #require(first.isAnswered && consult.isAnswered)
        let digit = Body(contentType: "application/dtmf-relay", octets: Array("Signal=5".utf8))
        alice.command(.info(consult.session, digit))
        network.run(for: .seconds(20))
        #expect(domain.progress.digits == ["carol: Signal=5"])
        alice.command(.transfer(first.session, to: consult.session))
        network.run(atMost: .seconds(40)) { domain.progress.steps.contains(.accepted) }
        // She is gone before she hears how it went.
        alice.hangsUp(first)
        network.run(for: .seconds(40))
        let moved = try #require(bob.history.last { $0.isOutgoing })
        let taken = try #require(carol.history.last)
        #expect(taken.isAnswered && carol.replaced == 1)
        #expect(domain.isTalking(moved, with: taken))
        // The place that was taken is left, and nobody calls himself.
        #expect(consult.isOver)
        #expect(alice.history.count == 2 && bob.history.count == 2 && carol.history.count == 2)
        #expect(
            domain.progress.steps.contains { if case .succeeded = $0 { true } else { false } },
            "\(domain.progress.steps)")
        // Nobody is cut off a minute later, nor ten.
        network.run(for: .seconds(600))
        #expect(domain.isTalking(moved, with: taken))
        domain.endsClean()
    }

    @Test(
        "F-06: after a blind transfer through a proxy the caller is with the third party, not with itself",
        arguments: UInt64(0)..<12)
    func blind(seed: UInt64) throws {
        let domain = Domain(seed: seed)
        let (network, alice, bob, carol) = (domain.network, domain.alice, domain.bob, domain.carol)
        let first = alice.invites("bob")
        network.run(for: .seconds(20))
        try #require(first.isAnswered)
        alice.command(.refer(first.session, target: "sip:carol@example.test"))
        network.run(atMost: .seconds(40)) { domain.progress.steps.contains(.accepted) }
        alice.hangsUp(first)
        network.run(for: .seconds(40))
        let moved = try #require(bob.history.last { $0.isOutgoing })
        let taken = try #require(carol.history.last)
        #expect(domain.isTalking(moved, with: taken))
        #expect(bob.history.count == 2 && alice.history.count == 1)
        network.run(for: .seconds(600))
        #expect(domain.isTalking(moved, with: taken))
        domain.endsClean()
    }

    @Test("F-06: a transfer that fails leaves both calls as they were", arguments: UInt64(0)..<4)
    func fails(seed: UInt64) throws {
        let domain = Domain(seed: seed)
        let (network, alice, bob) = (domain.network, domain.alice, domain.bob)
        let first = alice.invites("bob")
        network.run(for: .seconds(20))
        alice.command(.refer(first.session, target: "sip:nobody@example.test"))
        network.run(for: .seconds(120))
        #expect(
            domain.progress.steps.contains { if case .failed(480, _) = $0 { true } else { false } },
            "\(domain.progress.steps)")
        #expect(domain.isTalking(first, with: try #require(bob.history.first)))
        domain.endsClean()
    }
}
