import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Keeping the way to the registrar open")
struct OutboundTests {
    private static let ping: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]

    /// A stage that sees line ends too.
    private struct Line {
        var core = UserAgentCore(configuration: .init(), random: SeededGenerator(seed: 7))
        var now = Instant.zero
        var flow: Flow
        var pings: [Instant] = []
        var registers: [Request] = []
        var closed: [Flow] = []
        var states: [RegistrationState] = []
        /// How the far end answers a REGISTER; `nil` for not at all.
        var answers: (Request) -> (Int, HeaderFields)? = { request in
            (200, [(.contact, "\(request.first(.contact) ?? "");expires=3600")])
        }
        var pongs = true
        var nextFlow: UInt64 = 1

        init(_ transport: TransportProtocol) {
            flow = Flow(protocol: transport, local: Stage.us, remote: Stage.peer, id: 1)
        }

        mutating func feed(_ input: UserAgentCore.Input) {
            core.receive(input, now: now)
            drain()
        }

        mutating func run(_ duration: Duration) {
            let end = now + duration
            while let deadline = core.deadline, deadline <= end {
                now = max(now, deadline)
                feed(.wake)
            }
            now = end
        }

        mutating func drain() {
            while let output = core.nextOutput() {
                switch output {
                case .openFlow(let request, _):
                    flow.id = nextFlow
                    nextFlow += 1
                    core.receive(.flowOpened(request, flow), now: now)
                case .transmit(OutboundTests.ping, let flow):
                    pings.append(now)
                    if pongs { core.receive(.datagram([0x0D, 0x0A], flow), now: now) }
                case .transmit(let octets, let flow):
                    guard case .request(let request) = try? Message(parsing: octets) else { continue }
                    registers.append(request)
                    guard let (status, headers) = answers(request) else { continue }
                    var builder = MessageBuilder(response: status, to: request, toTag: Tag("r"))
                    for (name, value) in headers { builder.add(name, value) }
                    core.receive(.datagram(builder.buildResponse().octets, flow), now: now)
                case .closeFlow(let flow): closed.append(flow)
                case .event(let event): event.registrationState.map { states.append($0) }
                }
            }
        }

        mutating func register(_ change: (inout Registration) throws -> Void = { _ in }) throws {
            feed(.command(.register(core.makeRegistrationID(), try Accounts.alice(change))))
        }

        var pauses: [Double] { zip(pings.dropFirst(), pings).map { ($0 - $1).inSeconds } }
    }

    @Test(
        "line ends go out every 24 to 29 seconds over UDP and every 96 to 120 over streams",
        arguments: [(TransportProtocol.udp, 23.1...29.0), (.tcp, 96.0...120.0)])
    func rhythm(_ transport: TransportProtocol, range: ClosedRange<Double>) throws {
        var line = Line(transport)
        try line.register()
        line.run(.seconds(2_500))
        #expect(line.pings.count >= 20)
        #expect(line.pauses.allSatisfy { range.contains($0) })
        #expect(Set(line.pauses).count > 10, "not all phones at once")
        #expect(line.registers.count == 1)
    }

    @Test("a Flow-Timer sets the rhythm, and none is kept when none is wanted")
    func flowTimer() throws {
        var line = Line(.tcp)
        line.answers = { request in
            (200, [(.contact, "\(request.first(.contact) ?? "");expires=3600"), (HeaderName("Flow-Timer"), "20")])
        }
        try line.register()
        line.run(.seconds(600))
        #expect(line.pauses.allSatisfy { (16.0...20.0).contains($0) })
        line = Line(.tcp)
        try line.register { $0.keepAlive = nil }
        line.run(.seconds(2_000))
        #expect(line.pings.isEmpty)
    }

    @Test("F-12: a connection that no longer answers is given up after ten seconds and registered anew")
    func missingPong() throws {
        var line = Line(.tcp)
        try line.register()
        line.run(.seconds(1_000))
        line.pongs = false
        let before = line.pings.count
        line.run(.seconds(131))
        #expect(line.pings.count == before + 1)
        #expect(line.closed.map(\.id) == [1])
        let failure = try #require(line.states.compactMap(\.failure).last)
        #expect(failure.reason.contains("keep-alive"))
        #expect(failure.boundUntil != nil)
        let pause = try (#require(failure.retryAt) - #require(line.pings.last)).inSeconds - 10
        #expect((15...30).contains(pause), "RFC 5626 §4.5 without failures before")
        line.pongs = true
        line.run(.seconds(40))
        #expect(line.states.last?.grant?.flow.id == 2)
        #expect(line.registers.count == 2)
    }

    @Test("who never answered a line end need not do so")
    func unansweredFromTheStart() throws {
        var line = Line(.tcp)
        line.pongs = false
        try line.register()
        line.run(.seconds(2_000))
        #expect(line.closed.isEmpty)
        #expect(line.states.map(\.name) == ["registering", "registered"])
    }

    @Test("SIP Outbound is asked for by device and flow, and believed when the registrar requires it (RFC 5626 §4.2)")
    func outbound() throws {
        var line = Line(.tcp)
        line.pongs = false
        line.answers = { request in
            (200, [(.contact, "\(request.first(.contact) ?? "");expires=3600"), (.require, "outbound")])
        }
        try line.register {
            $0.instanceID = "urn:uuid:00000000-0000-1000-8000-000A95A0E128"
            $0.registrationNumber = 1
            $0.preference = 500
        }
        let request = try #require(line.registers.first)
        #expect(request.supported == ["path", "outbound", "gruu"])
        #expect(
            request.first(.contact) == "<sip:alice@192.0.2.1:5060;transport=tcp>;q=0.5;"
                + "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\";reg-id=1")
        #expect(line.states.last?.grant?.usesOutbound == true)
        line.run(.seconds(131))
        #expect(line.closed.count == 1, "it has said that it answers")
    }

    @Test("a first hop that can't do outbound is registered with without (RFC 5626 §4.2.1)")
    func withoutOutbound() throws {
        var line = Line(.udp)
        line.answers = { request in
            request.supported.contains("outbound")
                ? (439, []) : (200, [(.contact, "\(request.first(.contact) ?? "");expires=3600")])
        }
        try line.register {
            $0.instanceID = "urn:uuid:1"
            $0.registrationNumber = 1
        }
        #expect(line.registers.count == 2)
        #expect(line.registers.last?.first(.contact)?.contains("reg-id") == false)
        #expect(line.states.last?.name == "registered")
    }

    @Test("a connection that is closed is registered anew, the later the oftener it does not last two minutes")
    func closed() throws {
        var line = Line(.tcp)
        try line.register()
        func pause(after life: Duration) throws -> Double {
            line.run(life)
            line.feed(.flowClosed(line.flow, reason: "reset"))
            let retryAt = try #require(line.states.last?.failure?.retryAt)
            let pause = (retryAt - line.now).inSeconds
            line.run(retryAt - line.now)
            return pause
        }
        for _ in 0..<4 { #expect(try (15...30).contains(pause(after: .seconds(200)))) }
        for limit in [60.0, 120, 240] {
            #expect(try (limit / 2...limit).contains(pause(after: .seconds(20))))
        }
        #expect(try (15...30).contains(pause(after: .seconds(200))))
        #expect(line.states.last?.name == "registered")
    }

    @Test("several accounts share a connection and each is told of its end")
    func shared() throws {
        var line = Line(.tcp)
        try line.register()
        try line.register { $0.addressOfRecord = try Accounts.uri("sip:bob@example.com") }
        // The rim hands out the connection that is open.
        #expect(line.states.map(\.name) == ["registering", "registered", "registering", "registered"])
        line.run(.seconds(5_000))
        #expect(line.core.counters.registrations == 2)
        #expect(line.states.suffix(2).allSatisfy { $0.name == "registered" })
    }
}
