import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// F-38: what somebody who uses our libraries needs in order to script calls in CI and have them judged. Nothing here
/// is more than their public interfaces; the example in `TelephonyTesting`'s documentation is this one.
@Suite("Calls scripted by an outsider")
struct OutsiderTests {
    /// A user agent as a node of the network, with a script for what it does about events.
    private final class Telephone: Node {
        let name: String
        private(set) var core: UserAgentCore
        private(set) var ends: [SessionEnd] = []
        private let address: TransportAddress
        private let script: (UserAgentCore.Event) -> [(Duration, UserAgentCore.Command)]
        private let network: SeededNetwork
        private var outbox: [Datagram] = []

        init(
            _ name: String, at address: TransportAddress, on network: SeededNetwork, seed: UInt64,
            script: @escaping (UserAgentCore.Event) -> [(Duration, UserAgentCore.Command)]
        ) {
            (self.name, self.address, self.network, self.script) = (name, address, network, script)
            core = UserAgentCore(configuration: UserAgentConfiguration(), random: SeededGenerator(seed: seed))
            network.attach(self, at: address.ip)
        }

        func calls(_ other: TransportAddress, body: Body) throws {
            let id = core.makeSessionID()
            perform(
                .invite(
                    id,
                    OutgoingInvite(
                        target: try SIPURI(parsing: "sip:agent@\(other)"),
                        from: try NameAddress(parsing: "<sip:\(name)@\(address)>"), body: body)))
        }

        func perform(_ command: UserAgentCore.Command) {
            core.receive(.command(command), now: network.now)
            drain()
        }

        var deadline: Instant? { core.deadline }

        func receive(_ datagram: Datagram, now: Instant) {
            core.receive(.datagram(datagram.octets, flow(to: datagram.source)), now: now)
            drain()
        }

        func wake(now: Instant) {
            core.receive(.wake, now: now)
            drain()
        }

        func nextDatagram(now: Instant) -> Datagram? { outbox.isEmpty ? nil : outbox.removeFirst() }

        private func flow(to remote: TransportAddress) -> Flow {
            Flow(protocol: .udp, local: address, remote: remote, id: 1)
        }

        private func drain() {
            while let output = core.nextOutput() {
                switch output {
                case .openFlow(let request, let target):
                    guard let remote = TransportAddress(host: target.host, port: target.port ?? 5060) else { continue }
                    core.receive(.flowOpened(request, flow(to: remote)), now: network.now)
                case .transmit(let octets, let flow):
                    outbox.append(Datagram(octets, from: flow.local, to: flow.remote))
                case .closeFlow: break
                case .event(let event):
                    if case .ended(_, let end) = event { ends.append(end) }
                    for (delay, command) in script(event) {
                        network.after(delay) { [weak self] in self?.perform(command) }
                    }
                }
            }
        }
    }

    private static let caller = TransportAddress(ip: .v4(0xC000_0201), port: 5060)
    private static let agent = TransportAddress(ip: .v4(0xC000_0202), port: 5060)

    private static func description(_ port: Int) -> Body {
        let text =
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio \(port) RTP/AVP 0\r\n"
        return Body(contentType: "application/sdp", octets: Array(text.utf8))
    }

    /// A call that is answered after two seconds and lasts a minute, or is refused.
    private func call(seed: UInt64, refusing status: Int? = nil, spoil: Bool = false) throws -> (
        report: AuditReport, ends: [SessionEnd], leftovers: Bool
    ) {
        var conditions = LinkConditions()
        conditions.loss = 0.15
        let network = SeededNetwork(seed: seed, conditions: conditions)
        let alice = Telephone("alice", at: Self.caller, on: network, seed: seed) { event in
            if case .answered(let id, _, _) = event { return [(.seconds(60), .end(id))] }
            return []
        }
        let bob = Telephone("bob", at: Self.agent, on: network, seed: seed &+ 1) { event in
            guard case .incoming(let id, _, _) = event else { return [] }
            if let status { return [(.seconds(2), .reject(id, status: status))] }
            return [(.zero, .ring(id)), (.seconds(2), .answer(id, body: Self.description(4_002)))]
        }
        try alice.calls(Self.agent, body: Self.description(4_000))
        network.run(for: .seconds(200))
        var trace = network.trace
        if spoil, let index = trace.records.firstIndex(where: { $0.datagram.message?.method == "ACK" }) {
            // What a stack that counts its ACK on would have sent.
            let text = String(decoding: trace.records[index].octets, as: UTF8.self)
            trace.records[index].octets = Array(text.replacing("CSeq: 1 ACK", with: "CSeq: 7 ACK").utf8)
        }
        let leftovers = !alice.core.counters.isIdle || !bob.core.counters.isIdle
        return (TraceAuditor().audit(trace), alice.ends + bob.ends, leftovers)
    }

    @Test("F-38: a hundred calls on a bad line are scripted, run in virtual time and judged", arguments: 1...100)
    func judged(seed: UInt64) throws {
        let (report, ends, leftovers) = try call(seed: seed)
        #expect(report.isClean, "\(report)")
        #expect(report.calls == 1)
        #expect(ends.map(\.cause) == [.hungUpLocally, .hungUpByPeer])
        let timeline = try #require(ends.first).timeline
        #expect(timeline.talking.map { $0 >= .seconds(60) } == true)
        #expect(!leftovers)
    }

    @Test("F-38: the gate closes when a call goes otherwise than scripted, or breaks the rules")
    func gate() throws {
        let refused = try call(seed: 7, refusing: 486)
        #expect(refused.report.isClean)
        #expect(refused.ends.map(\.status) == [486, 486])
        let spoilt = try call(seed: 7, spoil: true)
        #expect(!spoilt.report.isClean)
        #expect(!spoilt.report.brokenRules.isEmpty)
    }
}

extension Trace.Record {
    fileprivate var datagram: Datagram { Datagram(octets, from: source, to: destination) }
}
