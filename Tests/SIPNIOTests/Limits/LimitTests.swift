import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

@Suite struct SourceRateLimiterTests {
    private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

    @Test func `lets a burst through at once and the rate after that`() {
        var limiter = SourceRateLimiter(rate: Rate(perSecond: 10, burst: 20), maximumSources: 100)
        let source = IPAddress.v4(1)
        let burst = (0..<50).count { _ in limiter.admits(source, now: at(0)) }
        #expect(burst == 20)
        let later = (0..<50).count { _ in limiter.admits(source, now: at(1)) }
        #expect(later == 10)
        let rested = (0..<50).count { _ in limiter.admits(source, now: at(1_000_000)) }
        #expect(rested == 20)
        #expect(limiter.refused == 30 + 40 + 30)
    }

    @Test func `keeps sources apart, and takes an IPv6 /64 for one`() {
        var limiter = SourceRateLimiter(rate: Rate(perSecond: 1, burst: 1), maximumSources: 100)
        #expect(limiter.admits(.v6(1, 1), now: at(0)) == true)
        #expect(limiter.admits(.v6(1, 2), now: at(0)) == false)
        #expect(limiter.admits(.v6(2, 1), now: at(0)) == true)
        #expect(limiter.admits(.v4(1), now: at(0)) == true)
        #expect(limiter.admits(.v4(2), now: at(0)) == true)
    }

    @Test func `never remembers more sources than it may`() {
        var limiter = SourceRateLimiter(rate: .init(perSecond: 1, burst: 2), maximumSources: 100)
        for number in 0..<100_000 {
            _ = limiter.admits(.v4(UInt32(number)), now: at(0))
            #expect(limiter.count <= 100)
        }
        // One that goes on through all of it stays known.
        let steady = IPAddress.v4(7)
        var admitted = 0
        for number in 0..<10_000 {
            _ = limiter.admits(.v4(UInt32(1_000_000 + number)), now: at(0))
            if limiter.admits(steady, now: at(0)) { admitted += 1 }
        }
        #expect(admitted == 2)
    }

    @Test func `a clock that stands still or leaps does no harm`() {
        var limiter = SourceRateLimiter(rate: .init(perSecond: .max, burst: .max), maximumSources: 0)
        #expect(limiter.admits(.v4(1), now: Instant(nanoseconds: .max)) == true)
        #expect(limiter.admits(.v4(1), now: .zero) == true)
        #expect(limiter.admits(.v4(1), now: Instant(nanoseconds: .min)) == true)
    }
}

@Suite struct RefusalLogTests {
    @Test func `speaks at once, then once per interval, with counts and sources`() throws {
        var log = RefusalLog()
        let first = log.note(.datagramRate, .v4(1), now: .zero)
        #expect(try #require(first).contains("1 datagrams beyond the rate"))
        for number in 0..<1_000 {
            #expect(log.note(.perSource, .v4(UInt32(number % 10)), now: .zero + .seconds(5)) == nil)
        }
        let said = log.note(.perSource, .v4(3), now: .zero + .seconds(10))
        let second = try #require(said)
        #expect(second.contains("1001 connections beyond those that one source may have"))
        #expect(second.utf8.count < 300)
        #expect(log.totals == [.datagramRate: 1, .perSource: 1_001])
    }
}

@Suite struct ConnectionClockTests {
    private var limits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.headers = .seconds(10)
        limits.body = .seconds(20)
        limits.strangerIdle = .seconds(60)
        limits.idle = .seconds(600)
        return limits
    }
    private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    @Test func `one octet a second does not put off the deadline of the headers`() {
        var clock = ConnectionClock(limits: limits, isStranger: true, now: at(0))
        for second in 1..<10 { clock.received(completed: false, progress: .headers, now: at(second)) }
        #expect(clock.deadline == at(10))
    }

    @Test func `the body has its own time from the end of the headers`() {
        var clock = ConnectionClock(limits: limits, isStranger: true, now: at(0))
        clock.received(completed: false, progress: .body, now: at(9))
        #expect(clock.deadline == at(29))
        for second in 10..<29 { clock.received(completed: false, progress: .body, now: at(second)) }
        #expect(clock.deadline == at(29))
    }

    @Test func `a message that ends within the octets of the next starts the time of the next`() {
        var clock = ConnectionClock(limits: limits, isStranger: true, now: at(0))
        clock.received(completed: true, progress: .headers, now: at(9))
        #expect(clock.deadline == at(19))
    }

    @Test func `an idle stranger goes sooner than a known peer`() {
        var clock = ConnectionClock(limits: limits, isStranger: true, now: at(0))
        clock.received(completed: true, progress: .idle, now: at(5))
        #expect(clock.deadline == at(65))
        clock.isStranger = false
        #expect(clock.deadline == at(605))
        clock.received(completed: true, progress: .idle, now: at(100))
        #expect(clock.deadline == at(700))
    }
}

@Suite struct ConnectionLedgerTests {
    private func flow(_ id: UInt64, _ source: UInt32 = 1, _ transport: TransportProtocol = .tcp) -> Flow {
        Flow(
            protocol: transport, local: TransportAddress(ip: .loopbackV4, port: 5060),
            remote: TransportAddress(ip: .v4(source), port: UInt16(id)), id: id)
    }

    private func entry(
        _ flow: Flow, isInbound: Bool = true, names: Set<String> = [], isStranger: Bool = true, at second: Int = 0
    ) -> ConnectionLedger.Entry {
        .init(
            flow: flow, isInbound: isInbound, names: names, isStranger: isStranger, lastHeard: .zero + .seconds(second))
    }

    @Test func `refuses beyond the bound of one source, and counts down again`() {
        var limits = ConnectionLimits()
        limits.maximumInboundPerSource = 2
        var ledger = ConnectionLedger(limits: limits)
        #expect(ledger.accept(1, from: .v4(1), isTrusted: false) == .admitted)
        #expect(ledger.accept(2, from: .v4(1), isTrusted: false) == .admitted)
        #expect(ledger.accept(3, from: .v4(1), isTrusted: false) == .refused(.perSource))
        #expect(ledger.accept(4, from: .v4(1), isTrusted: true) == .admitted)
        #expect(ledger.accept(5, from: .v4(2), isTrusted: false) == .admitted)
        ledger.open(entry(flow(1)))
        ledger.remove(1)
        ledger.remove(2)
        ledger.remove(2)
        ledger.remove(4)
        #expect(ledger.accept(6, from: .v4(1), isTrusted: false) == .admitted)
        #expect(ledger.inboundCount == 2)
    }

    @Test func `the oldest half-open connection goes for a new one`() {
        var limits = ConnectionLimits()
        limits.maximumHalfOpen = 2
        var ledger = ConnectionLedger(limits: limits)
        for id in 1...2 { #expect(ledger.accept(UInt64(id), from: .v4(UInt32(id)), isTrusted: false) == .admitted) }
        #expect(ledger.accept(3, from: .v4(3), isTrusted: false) == .admittedInPlaceOf(1, .halfOpen))
        #expect(ledger.halfOpenCount == 2)
        ledger.open(entry(flow(2, 2)))
        #expect(ledger.accept(4, from: .v4(4), isTrusted: false) == .admitted)
    }

    @Test func `at the bound of all, the stranger that is idle for longest goes, and never a known peer`() {
        var limits = ConnectionLimits()
        limits.maximumInbound = 4
        var ledger = ConnectionLedger(limits: limits)
        for id in UInt64(1)...4 {
            #expect(ledger.accept(id, from: .v4(UInt32(id)), isTrusted: false) == .admitted)
            ledger.open(entry(flow(id, UInt32(id)), isStranger: id != 1, at: Int(id)))
        }
        ledger.heard(2, isIdle: true, now: .zero + .seconds(9))
        ledger.heard(3, isIdle: false, now: .zero)
        #expect(ledger.accept(5, from: .v4(5), isTrusted: false) == .admittedInPlaceOf(4, .evicted))
        #expect(ledger.accept(6, from: .v4(6), isTrusted: false) == .admittedInPlaceOf(2, .evicted))
        ledger.open(entry(flow(5, 5), isStranger: false))
        ledger.open(entry(flow(6, 6), isStranger: false))
        #expect(ledger.accept(7, from: .v4(7), isTrusted: false) == .admittedInPlaceOf(3, .evicted))
        ledger.open(entry(flow(7, 7)))
        ledger.acquaint(7)
        #expect(ledger.accept(8, from: .v4(8), isTrusted: false) == .refused(.inAll))
        #expect(ledger.inboundCount == 4)
    }

    @Test func `a request takes an open connection to the same place, and over TLS to the same name only`() {
        var ledger = ConnectionLedger(limits: .init())
        let plain = flow(1)
        let secure = flow(2, 1, .tls)
        ledger.open(entry(plain, isInbound: false))
        ledger.open(entry(secure, isInbound: false, names: ["example.com"]))
        #expect(ledger.flow(over: .tcp, to: plain.remote, name: "anything.example") == plain)
        #expect(ledger.flow(over: .tcp, to: secure.remote, name: nil) == nil)
        #expect(ledger.flow(over: .tls, to: secure.remote, name: "Example.COM") == secure)
        #expect(ledger.flow(over: .tls, to: secure.remote, name: "other.example") == nil)
        #expect(ledger.flow(over: .tls, to: secure.remote, name: nil) == nil)
        ledger.remove(2)
        #expect(ledger.flow(over: .tls, to: secure.remote, name: "example.com") == nil)
        #expect(ledger.flow(over: .tcp, to: plain.remote, name: nil) == plain)
    }

    @Test func `an alias is believed of those who showed a certificate, for its names and address`() {
        var ledger = ConnectionLedger(limits: .init())
        let known = flow(1, 1, .tls)
        let stranger = flow(2, 2, .tls)
        let peers: [(Flow, Set<String>)] = [(known, ["peer.example"]), (stranger, [])]
        for (one, names) in peers {
            #expect(ledger.accept(one.id, from: one.remote.ip, isTrusted: false) == .admitted)
            ledger.open(entry(one, names: names, isStranger: names.isEmpty))
            #expect(ledger.flow(over: .tls, to: one.remote, name: "peer.example") == nil)
            ledger.alias(one.id, port: 5061)
        }
        let listening = TransportAddress(ip: known.remote.ip, port: 5061)
        #expect(ledger.flow(over: .tls, to: listening, name: "peer.example") == known)
        #expect(ledger.flow(over: .tls, to: listening, name: "other.example") == nil)
        let forged = TransportAddress(ip: stranger.remote.ip, port: 5061)
        #expect(ledger.flow(over: .tls, to: forged, name: "peer.example") == nil)
    }
}

@Suite struct STUNBindingTests {
    private let transaction = (1...12).map(UInt8.init)
    private var request: [UInt8] { [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + transaction }

    @Test func `answers with the mapped address, as RFC 5769 §2.2 writes it`() {
        // The address, port and transaction of RFC 5769's sample response over IPv4.
        let transaction: [UInt8] = [0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE]
        let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + transaction
        let remote = TransportAddress(ip: .v4(0xC000_0201), port: 32_853)
        let attribute: [UInt8] = [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]
        #expect(
            STUNBinding.response(to: request, from: remote)
                == [1, 1, 0, 12, 0x21, 0x12, 0xA4, 0x42] + transaction + attribute)
    }

    @Test func `answers over IPv6, as RFC 5769 §2.3 writes it`() throws {
        let transaction: [UInt8] = [0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE]
        let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + transaction
        let ip = try #require(IPAddress("2001:db8:1234:5678:11:2233:4455:6677"))
        let response = try #require(STUNBinding.response(to: request, from: TransportAddress(ip: ip, port: 32_853)))
        #expect(
            Array(response.dropFirst(20)) == [
                0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1, 0x79, 0xBC,
                0x25, 0xF4, 0xB5, 0xBE, 0xD2, 0xB9, 0xD9,
            ])
    }

    @Test func `swallows what is STUN and no binding request, and leaves SIP alone`() {
        let remote = TransportAddress(ip: .loopbackV4, port: 1)
        for (index, value) in [(0, UInt8(1)), (1, 0x11), (3, 4), (2, 0x80)] {
            var bad = request
            bad[index] = value
            #expect(STUNBinding.isSTUN(bad))
            #expect(STUNBinding.response(to: bad, from: remote) == nil)
        }
        for length in 0..<20 { #expect(!STUNBinding.isSTUN(Array(request.prefix(length)))) }
        #expect(!STUNBinding.isSTUN(Array("OPTIONS sip:a@b SIP/2.0\r\n".utf8)))
    }
}
