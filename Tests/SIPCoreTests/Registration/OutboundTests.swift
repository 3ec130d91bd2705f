import TelephonyPrimitives
import Testing

@testable import SIPCore

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
        var stunRequests: [(at: Instant, octets: [UInt8])] = []
        /// Where STUN says that we are; `nil` when it does not answer.
        var mapped = TransportAddress(host: "203.0.113.4", port: 4_000)
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
                case .transmit(let octets, let flow) where octets.first == 0:
                    stunRequests.append((now, octets))
                    guard let mapped, case .request(let id) = STUNBinding(parsing: octets) else { continue }
                    let answer = STUNBinding.success(id: id, mapped: mapped).octets
                    core.receive(.datagram(answer, flow), now: now)
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

    private static let device: @Sendable (inout Registration) throws -> Void = {
        $0.instanceID = "urn:uuid:1"
        $0.registrationNumber = 1
    }

    private static let grantsOutbound: @Sendable (Request) -> (Int, HeaderFields)? = { request in
        (200, [(.contact, "\(request.first(.contact) ?? "");expires=3600"), (.require, "outbound")])
    }

    @Test("over UDP SIP Outbound keeps the way open by STUN (RFC 5626 §4.4.2)")
    func stun() throws {
        var line = Line(.udp)
        line.answers = Self.grantsOutbound
        try line.register(Self.device)
        line.run(.seconds(600))
        #expect(line.stunRequests.count >= 20)
        #expect(line.pings.isEmpty)
        #expect(Set(line.stunRequests.map(\.octets)).count == line.stunRequests.count)
        #expect(line.states.map(\.name) == ["registering", "registered"])
        // The NAT was switched off and on.
        line.mapped?.port = 4_001
        line.run(.seconds(29))
        #expect(line.states.compactMap(\.failure).last?.reason.contains("203.0.113.4:4001") == true)
        line.run(.seconds(40))
        #expect(line.states.last?.name == "registered")
        line.run(.seconds(300))
        #expect(line.registers.count == 2)
    }

    @Test("an unanswered STUN request is repeated seven times, and then the way is lost (RFC 8489 §6.2.1)")
    func unansweredSTUN() throws {
        var line = Line(.udp)
        line.answers = Self.grantsOutbound
        try line.register(Self.device)
        line.run(.seconds(60))
        line.mapped = nil
        let before = line.stunRequests.count
        line.run(.seconds(69))
        let first = try #require(line.stunRequests.dropFirst(before).first)
        let times = line.stunRequests.dropFirst(before).map { ($0.at - first.at).inSeconds }
        #expect(times.prefix(7) == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5])
        let failure = try #require(line.states.compactMap(\.failure).last)
        #expect(failure.reason.contains("keep-alive"))
        line.feed(
            .datagram(STUNBinding.success(id: Array(repeating: 0, count: 12), mapped: Stage.us).octets, line.flow))
        line.run(.seconds(60))
        #expect(line.states.last?.name == "registered")
    }

    @Test("STUN's Binding is read and written as RFC 5769 has it, and nothing else is taken for it")
    func stunMessages() throws {
        func octets(_ hex: String) -> [UInt8] {
            stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
        }
        let id = octets("b7e7a701bc34d686fa87dfae")
        let four = octets(
            "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
                + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96")
        let address = try #require(TransportAddress(host: "192.0.2.1", port: 32_853))
        #expect(STUNBinding(parsing: four) == .success(id: id, mapped: address))
        let six = octets(
            "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a147"
                + "0113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c")
        let wide = try #require(TransportAddress(host: "2001:db8:1234:5678:11:2233:4455:6677", port: 32_853))
        #expect(STUNBinding(parsing: six) == .success(id: id, mapped: wide))
        for binding in [
            STUNBinding.request(id: id), .success(id: id, mapped: address), .success(id: id, mapped: wide),
            .failure(id: id),
        ] {
            #expect(STUNBinding(parsing: binding.octets) == binding)
            for count in 0..<binding.octets.count {
                #expect(STUNBinding(parsing: Array(binding.octets[..<count])) == nil)
            }
        }
        var random = SeededGenerator(seed: 5_769)
        for original in [four, six, STUNBinding.request(id: id).octets] {
            for _ in 0..<2_000 {
                var damaged = original
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                _ = STUNBinding(parsing: damaged)
            }
        }
    }

    @Test("a registrar answers STUN, and who is none does not")
    func answersSTUN() throws {
        let request = STUNBinding.request(id: Array(1...12)).octets
        for registrar in [nil, Accounts.registrar()] {
            var core = UserAgentCore(
                configuration: UserAgentConfiguration(registrar: registrar), random: SeededGenerator(seed: 1))
            let flow = Flow(protocol: .udp, local: Stage.us, remote: Stage.peer, id: 1)
            core.receive(.datagram(request, flow), now: .zero)
            if case .transmit(let octets, flow) = core.nextOutput() {
                #expect(registrar != nil)
                #expect(STUNBinding(parsing: octets) == .success(id: Array(1...12), mapped: Stage.peer))
            } else {
                #expect(registrar == nil)
            }
        }
    }
}
