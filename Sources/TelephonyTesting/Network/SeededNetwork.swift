public import TelephonyPrimitives

/// A whole network in virtual time: nodes, links with their faults, NATs, and the trace of all that was sent.
///
/// A seed and the same calls make the same run, octet for octet. Nothing waits: ``run(for:)`` lives through hours in the
/// time that the nodes need to think. Use it from one thread.
///
/// ```swift
/// let network = SeededNetwork(seed: 7)
/// network.attach(alice, at: "192.0.2.1")
/// network.drop("the first ACK") { $0.message?.method == "ACK" }
/// network.run(for: .seconds(40))
/// ```
public final class SeededNetwork {
    /// The virtual now.
    public private(set) var now: Instant = .zero
    /// Everything sent so far.
    public private(set) var trace = Trace()
    /// Nodes that asked to be woken again and again at one instant without end; empty in a healthy run.
    public private(set) var faults: [String] = []
    /// Conditions of links that have none of their own.
    public var conditions: LinkConditions
    /// Whether RTP and RTCP go into the trace; off saves memory in long media runs.
    public var recordsMedia = true

    private var random: SeededGenerator
    private var queue = EventQueue<Event>()
    private var nodes: [any Node] = []
    private var owners: [IPAddress: any Node] = [:]
    private var exactOwners: [TransportAddress: any Node] = [:]
    private var links: [Link: LinkState] = [:]
    private var ownConditions: [Link: LinkConditions] = [:]
    private var cuts: Set<Link> = []
    private var gateways: [NATState] = []
    private var behind: [IPAddress: Int] = [:]
    private var drops: [Drop] = []

    public init(seed: UInt64, conditions: LinkConditions = .perfect) {
        random = SeededGenerator(seed: seed)
        self.conditions = conditions
    }

    private enum Event {
        case arrival(Datagram, any Node)
        case action(() -> Void)
    }

    private struct Link: Hashable {
        let from: String
        let to: String
    }

    private struct Drop {
        let name: String
        var left: Int
        let matches: (Datagram) -> Bool
    }
}

// MARK: - Building the network

extension SeededNetwork {
    /// Gives a node an IP address with all its ports.
    public func attach(_ node: any Node, at address: IPAddress) {
        owners[address] = node
        if !nodes.contains(where: { $0 === node }) { nodes.append(node) }
    }

    /// Gives a node one address and port, before any node that has the whole IP address.
    public func attach(_ node: any Node, at address: TransportAddress) {
        exactOwners[address] = node
        if !nodes.contains(where: { $0 === node }) { nodes.append(node) }
    }

    /// Takes a node off the network: datagrams to it are lost from now on.
    public func detach(_ node: any Node) {
        nodes.removeAll { $0 === node }
        owners = owners.filter { $0.value !== node }
        exactOwners = exactOwners.filter { $0.value !== node }
    }

    /// Puts inside addresses behind a NAT.
    public func translate(_ insideAddresses: [IPAddress], by nat: NAT) {
        gateways.append(NATState(nat))
        for address in insideAddresses { behind[address] = gateways.count - 1 }
    }

    /// Sets what happens on the way from one named side to another; the way back keeps its own.
    public func setConditions(_ conditions: LinkConditions, from: String, to: String) {
        ownConditions[Link(from: from, to: to)] = conditions
    }

    /// Cuts two sides off from each other, in both directions.
    public func cut(_ one: String, _ other: String) {
        cuts.formUnion([Link(from: one, to: other), Link(from: other, to: one)])
    }

    /// Mends a ``cut(_:_:)``.
    public func mend(_ one: String, _ other: String) {
        cuts.subtract([Link(from: one, to: other), Link(from: other, to: one)])
    }

    /// Loses the next `times` UDP datagrams that `matches` accepts. The name appears in the trace.
    public func drop(_ name: String, times: Int = 1, where matches: @escaping (Datagram) -> Bool) {
        drops.append(Drop(name: name, left: times, matches: matches))
    }

    /// Does something later, between two events.
    public func after(_ delay: Duration, _ action: @escaping () -> Void) {
        queue.insert(.action(action), at: now + delay)
    }
}

// MARK: - Letting time pass

extension SeededNetwork {
    /// Lives through `duration`.
    public func run(for duration: Duration) {
        run(until: now + duration)
    }

    /// Lives until `end`; the clock stands at `end` afterwards.
    public func run(until end: Instant) {
        _ = run(until: end) { false }
    }

    /// Lives until `condition` holds, at most for `limit`. Says whether it came to hold.
    @discardableResult
    public func run(atMost limit: Duration, until condition: () -> Bool) -> Bool {
        run(until: now + limit, condition: condition)
    }

    /// Sends what nodes have to send by themselves, after a test has spoken to them. Running does it as well.
    public func settle() {
        for node in nodes { drain(node) }
    }

    private func run(until end: Instant, condition: () -> Bool) -> Bool {
        defer { trace.end = now }
        settle()
        var wakesAtOnce = 0
        while true {
            if condition() { return true }
            let deadline = nodes.compactMap(\.deadline).min()
            guard let next = [queue.nextTime, deadline].compactMap({ $0 }).min(), next <= end else {
                now = max(now, end)
                return condition()
            }
            if next > now {
                now = next
                wakesAtOnce = 0
            }
            if let time = queue.nextTime, time <= now {
                handle(queue.removeFirst())
                continue
            }
            wakesAtOnce += 1
            for node in nodes where node.deadline.map({ $0 <= now }) == true {
                if wakesAtOnce > 10_000 { return stuck(node, end: end) }
                node.wake(now: now)
                drain(node)
            }
        }
    }

    private func stuck(_ node: any Node, end: Instant) -> Bool {
        faults.append("\(node.name) wants to be woken at \(now) again and again")
        nodes.removeAll { $0 === node }
        now = max(now, end)
        return false
    }

    private func handle(_ event: Event?) {
        switch event {
        case .arrival(let datagram, let node):
            node.receive(datagram, now: now)
            drain(node)
        case .action(let action):
            action()
            settle()
        case nil:
            break
        }
    }

    private func drain(_ node: any Node) {
        while let datagram = node.nextDatagram(now: now) { send(datagram, by: node) }
    }
}

// MARK: - Sending

extension SeededNetwork {
    private func send(_ datagram: Datagram, by node: any Node) {
        let target = route(datagram)
        let receiver = target?.node.name ?? datagram.destination.description
        let link = Link(from: node.name, to: receiver)
        let fate = fate(of: datagram, target: target, link: link)
        if case .delivered(let arrivals) = fate, let target {
            for arrival in arrivals { queue.insert(.arrival(target.datagram, target.node), at: arrival) }
        }
        if !recordsMedia, WireRTP.mayBeRTP(datagram.octets) || WireRTP.isControl(datagram.octets) { return }
        trace.records.append(
            Trace.Record(
                time: now, protocol: datagram.protocol, source: datagram.source,
                translatedSource: target.flatMap { $0.datagram.source == datagram.source ? nil : $0.datagram.source },
                destination: datagram.destination, sender: node.name, receiver: receiver, octets: datagram.octets,
                fate: fate))
    }

    private func fate(of datagram: Datagram, target: (node: any Node, datagram: Datagram)?, link: Link) -> Trace.Fate {
        guard target != nil else {
            let hasGateway = gateways.contains { $0.nat.publicAddress == datagram.destination.ip }
            return .lost(hasGateway ? .nat : .unreachable)
        }
        if cuts.contains(link) { return .lost(.partition) }
        if datagram.protocol == .udp {
            for index in drops.indices where drops[index].left > 0 && drops[index].matches(datagram) {
                drops[index].left -= 1
                return .lost(.asked(drops[index].name))
            }
        }
        return links[link, default: LinkState()].pass(
            datagram, conditions: ownConditions[link] ?? conditions, now: now, random: &random)
    }

    /// Who gets the datagram, and as what after all address translation. NATs act when it is sent.
    private func route(_ datagram: Datagram) -> (node: any Node, datagram: Datagram)? {
        var translated = datagram
        let insideGateway = behind[datagram.source.ip]
        if let insideGateway, behind[datagram.destination.ip] != insideGateway {
            guard
                let outside = gateways[insideGateway].outgoing(
                    from: datagram.source, to: datagram.destination, now: now)
            else { return nil }
            translated.source = outside
        }
        if let index = gateways.firstIndex(where: { $0.nat.publicAddress == translated.destination.ip }) {
            guard
                let inside = gateways[index].incoming(
                    from: translated.source, toPort: translated.destination.port, now: now)
            else { return nil }
            translated.destination = inside
        } else if let gateway = behind[translated.destination.ip], gateway != insideGateway {
            return nil
        }
        guard let node = exactOwners[translated.destination] ?? owners[translated.destination.ip] else { return nil }
        return (node, translated)
    }
}
