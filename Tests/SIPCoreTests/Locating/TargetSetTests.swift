import SIPCore
import TelephonyPrimitives
import Testing

@Suite("The servers of a target (RFC 3263 §4.3)")
struct TargetSetTests {
    private let servers = (1...4).map { number in
        LocatedServer(
            transport: .udp, address: TransportAddress(ip: .v4(UInt32(number)), port: 5060), name: "example.com")
    }

    private func tried(_ index: Int, _ fault: TriedServer.Fault, until seconds: Int) -> TriedServer {
        TriedServer(
            transport: .udp, address: servers[index].address, fault: fault, until: .zero + .seconds(seconds))
    }

    private func order(
        _ faults: ServerFaults, tried: [TriedServer] = [], at seconds: Int = 0
    ) -> [Int] {
        var set = TargetSet(servers, tried: tried, faults: faults, now: .zero + .seconds(seconds))
        var order: [Int] = []
        while let server = set.next() { order.append(servers.firstIndex(of: server) ?? -1) }
        return order
    }

    @Test("come in the locator's order while none has failed")
    func plain() {
        #expect(order(ServerFaults()) == [0, 1, 2, 3])
    }

    @Test("that were tried for this request are not tried again")
    func once() {
        #expect(
            order(ServerFaults(), tried: [tried(0, .silent, until: 60), tried(2, .overloaded, until: 0)]) == [1, 3])
    }

    @Test("that failed lately come last, and in their place again after a while")
    func avoided() {
        var faults = ServerFaults()
        faults.note(tried(0, .silent, until: 60), now: .zero)
        faults.note(tried(1, .unreachable, until: 30), now: .zero)
        #expect(order(faults) == [2, 3, 1, 0])
        #expect(order(faults, at: 30) == [1, 2, 3, 0])
        #expect(order(faults, at: 60) == [0, 1, 2, 3])
    }

    @Test("that asked to be left alone are not tried until then (RFC 3261 §21.5.4)")
    func overloaded() {
        var faults = ServerFaults()
        for index in 0..<4 { faults.note(tried(index, .overloaded, until: 10 + index), now: .zero) }
        #expect(order(faults).isEmpty)
        let set = TargetSet(servers, faults: faults, now: .zero)
        #expect(set.overloadedUntil == .zero + .seconds(10))
        #expect(order(faults, at: 12) == [0, 1, 2])
    }

    @Test("are other servers on another transport")
    func transport() {
        var faults = ServerFaults()
        var other = tried(0, .silent, until: 60)
        other.transport = .tcp
        faults.note(other, now: .zero)
        #expect(order(faults, tried: [other]) == [0, 1, 2, 3])
    }

    @Test("keep the longer of two faults, and no more faults than there is room for")
    func bounded() {
        var faults = ServerFaults(capacity: 3)
        faults.note(tried(0, .silent, until: 60), now: .zero)
        faults.note(tried(0, .unreachable, until: 30), now: .zero)
        #expect(faults.fault(of: servers[0], now: .zero + .seconds(40))?.fault == .silent)
        faults.note(tried(1, .silent, until: 0), now: .zero)
        #expect(faults.count == 1, "a fault that is over is none")
        for index in 1..<4 { faults.note(tried(index, .silent, until: 10 + index), now: .zero) }
        #expect(faults.count == 3)
        #expect(faults.fault(of: servers[1], now: .zero) == nil, "the one that comes back first makes room")
    }
}
