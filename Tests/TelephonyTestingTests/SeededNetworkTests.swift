import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("The network in virtual time")
struct SeededNetworkTests {
    private static let alice = TransportAddress(ip: .v4(0xC000_0201), port: 5060)
    private static let bob = TransportAddress(ip: .v4(0xC000_0202), port: 5060)

    /// alice with something to send every 20 ms to bob.
    private static func pair(
        seed: UInt64 = 1, conditions: LinkConditions = .perfect, over transport: WireProtocol = .udp, count: Int = 500
    ) -> (network: SeededNetwork, alice: Talker, bob: Talker) {
        let network = SeededNetwork(seed: seed, conditions: conditions)
        let sender = Talker("alice", count: count, from: alice, to: bob, over: transport)
        let receiver = Talker("bob", count: 0, from: bob, to: alice)
        network.attach(sender, at: alice.ip)
        network.attach(receiver, at: bob.ip)
        return (network, sender, receiver)
    }

    @Test("does the same again for the same seed, and something else for another")
    func repeatable() {
        let runs = [UInt64(5), 5, 6].map { seed in
            let (network, _, bob) = Self.pair(seed: seed, conditions: .rough)
            network.run(for: .seconds(20))
            return (fates: network.trace.records.map(\.fate), heard: bob.heard.map(\.time))
        }
        #expect(runs[0].fates == runs[1].fates)
        #expect(runs[0].heard == runs[1].heard)
        #expect(runs[0].fates != runs[2].fates)
    }

    @Test("delivers everything after the delay when the link is perfect, and stands at the end of the run")
    func perfect() {
        let (network, _, bob) = Self.pair()
        network.run(for: .seconds(30))
        #expect(bob.heard.map(\.number) == Array(0..<500))
        #expect(bob.heard.allSatisfy { $0.time == .zero + .milliseconds(20 * $0.number + 10) })
        #expect(network.now == .zero + .seconds(30))
        #expect(network.trace.end == network.now)
        #expect(network.faults.isEmpty)
    }

    @Test("loses, doubles and swaps datagrams as often as it was told")
    func faults() {
        var conditions = LinkConditions()
        conditions.loss = 0.1
        conditions.duplicate = 0.05
        conditions.reorder = 0.05
        let (network, _, bob) = Self.pair(conditions: conditions, count: 4000)
        network.run(for: .seconds(90))
        let lost = network.trace.records.count { $0.fate == .lost(.chance) }
        let doubled = network.trace.records.count { $0.arrivals.count == 2 }
        let swapped = zip(bob.heard, bob.heard.dropFirst()).count { $0.number > $1.number }
        #expect((300...500).contains(lost))
        #expect((120...240).contains(doubled))
        #expect((120...260).contains(swapped))
        #expect(bob.heard.count == 4000 - lost + doubled)
    }

    @Test("loses in bursts of the length that it was told")
    func bursts() {
        var conditions = LinkConditions()
        conditions.bursts = .init(toBad: 0.02, toGood: 0.25)
        let (network, _, _) = Self.pair(conditions: conditions, count: 8000)
        network.run(for: .seconds(200))
        let lost = network.trace.records.map { $0.arrivals.isEmpty }
        let starts = zip([false] + lost, lost).count { !$0 && $1 }
        let mean = Double(lost.count { $0 }) / Double(max(1, starts))
        #expect((3.2...4.8).contains(mean))
    }

    @Test("never swaps or loses what a stream carries")
    func streams() {
        let (network, _, bob) = Self.pair(conditions: .rough, over: .tcp)
        network.run(for: .seconds(30))
        #expect(bob.heard.map(\.number) == Array(0..<500))
        let delays = bob.heard.map { Int($0.time.nanoseconds / 1_000_000) - 20 * $0.number }
        #expect(delays.allSatisfy { $0 >= 20 })
        #expect(delays.contains { $0 >= 220 })
    }

    @Test("loses what a test asks for, as often as it asks")
    func drops() {
        let (network, _, bob) = Self.pair()
        network.drop("two of them", times: 2) { $0.octets.last == 7 || $0.octets.last == 9 }
        network.drop("none", times: 0) { _ in true }
        network.run(for: .seconds(30))
        #expect(bob.heard.map(\.number) == Array(0..<500).filter { $0 != 7 && $0 != 9 })
        #expect(network.trace.records.filter { $0.fate == .lost(.asked("two of them")) }.map(\.octets.last) == [7, 9])
    }

    @Test("cuts sides off and mends, refuses what is too long, and knows who is not there")
    func partition() {
        let (network, _, bob) = Self.pair()
        network.after(.seconds(1)) { network.cut("bob", "alice") }
        network.after(.seconds(2)) { network.mend("alice", "bob") }
        network.after(.seconds(3)) { network.conditions.mtu = 1 }
        network.after(.seconds(4)) {
            network.conditions.mtu = 100
            network.detach(bob)
        }
        network.run(for: .seconds(30))
        let causes = Dictionary(grouping: network.trace.records, by: \.fate.cause).mapValues(\.count)
        #expect(causes[.partition].map { (49...51).contains($0) } == true)
        #expect(causes[.tooLong].map { (49...51).contains($0) } == true)
        #expect(causes[.unreachable].map { (298...302).contains($0) } == true)
        #expect(bob.heard.count < 155)
    }

    @Test(
        "translates addresses as the NAT's kind has it",
        arguments: [
            (NAT.Dependence.endpointIndependent, NAT.Dependence.endpointIndependent, true, true),
            (.endpointIndependent, .addressAndPortDependent, true, false),
            (.addressAndPortDependent, .addressAndPortDependent, false, false),
        ])
    func nat(mapping: NAT.Dependence, filtering: NAT.Dependence, samePort: Bool, othersPass: Bool) throws {
        let (network, alice, bob) = Self.pair(count: 3)
        let outside = try #require(IPAddress("198.51.100.1"))
        network.translate([Self.alice.ip], by: NAT(publicAddress: outside, mapping: mapping, filtering: filtering))
        network.run(for: .seconds(1))
        let seen = try #require(bob.heard.first?.source)
        #expect(seen.ip == outside)
        #expect(Set(bob.heard.map(\.source)) == [seen])

        // The peer's answer passes; that of its other port as the filter has it.
        bob.send(Datagram([1], from: Self.bob, to: seen))
        bob.send(Datagram([2], from: TransportAddress(ip: Self.bob.ip, port: 9), to: seen))
        network.run(for: .seconds(1))
        #expect(alice.heard.map(\.number) == (othersPass ? [1, 2] : [1]))

        alice.send(Datagram([3], from: Self.alice, to: TransportAddress(ip: Self.bob.ip, port: 9)))
        network.run(for: .seconds(1))
        #expect((bob.heard.last?.source == seen) == samePort)

        // A mapping that is not used is forgotten.
        network.run(for: .seconds(40))
        bob.send(Datagram([4], from: Self.bob, to: seen))
        network.run(for: .seconds(1))
        #expect(!alice.heard.map(\.number).contains(4))
        #expect(network.trace.records.last?.fate == .lost(.nat))
    }

    @Test("stops a node that wants to be woken without end, and says so")
    func stuck() {
        let (network, alice, _) = Self.pair(count: 0)
        alice.neverSleeps = true
        network.run(for: .seconds(5))
        #expect(network.faults.count == 1)
        #expect(network.faults.first?.hasPrefix("alice wants to be woken at") == true)
    }

    @Test("runs until something has come true")
    func condition() {
        let (network, _, bob) = Self.pair()
        #expect(network.run(atMost: .seconds(5)) { bob.heard.count == 10 })
        #expect(network.now == .zero + .milliseconds(190))
        #expect(!network.run(atMost: .seconds(5)) { bob.heard.count == 10_000 })
    }

    @Test("yields a trace that an audit takes, faults and all")
    func audited() {
        let network = SeededNetwork(seed: 3)
        for (name, address) in [("alice", Self.alice), ("bob", Self.bob)] {
            let script = GoldenTrace.call().lines.filter { $0.sender == name }
            let node = Talker(name, count: 0, from: address, to: address)
            network.attach(node, at: address.ip)
            for line in script {
                network.after(.microseconds(Int64(line.time * 1000))) {
                    node.send(
                        Datagram(
                            line.octets, from: line.source ?? address,
                            to: line.destination ?? (name == "alice" ? Self.bob : Self.alice)))
                }
            }
        }
        network.run(for: .seconds(60))
        let report = TraceAuditor.audit(network.trace)
        #expect(report.isClean, "\(report)\n\(network.trace)")
        #expect(report.mediaPackets > 300)
    }
}

/// Sends numbers every 20 ms and remembers what it heard.
private final class Talker: Node {
    let name: String
    var heard: [(number: Int, time: Instant, source: TransportAddress)] = []
    var neverSleeps = false
    private let count: Int
    private let template: Datagram
    private var sent = 0
    private var next: Instant? = .zero
    private var queue: [Datagram] = []

    init(
        _ name: String, count: Int, from source: TransportAddress, to destination: TransportAddress,
        over transport: WireProtocol = .udp
    ) {
        self.name = name
        self.count = count
        template = Datagram([], from: source, to: destination, over: transport)
    }

    func send(_ datagram: Datagram) { queue.append(datagram) }

    var deadline: Instant? { neverSleeps ? .zero : sent < count ? next : nil }

    func receive(_ datagram: Datagram, now: Instant) {
        heard.append((datagram.octets.reduce(0) { ($0 << 8 | Int($1)) & 0xFFFF }, now, datagram.source))
    }

    func wake(now: Instant) {
        guard sent < count else { return }
        var datagram = template
        datagram.octets = [UInt8(sent >> 8), UInt8(sent & 0xFF)]
        queue.append(datagram)
        sent += 1
        next = now + .milliseconds(20)
    }

    func nextDatagram(now: Instant) -> Datagram? { queue.isEmpty ? nil : queue.removeFirst() }
}

extension Trace.Fate {
    fileprivate var cause: LossCause? {
        if case .lost(let cause) = self { return cause }
        return nil
    }
}
