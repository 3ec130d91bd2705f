import SIPCore
import TelephonyPrimitives
import Testing

/// Floods in virtual time: what is kept of them is bounded, and calls go on.
@Suite("A flood", .tags(.threat))
struct FloodTests {
    /// What the flood consists of, and what the application does with it.
    enum Kind: String, CaseIterable, Sendable {
        case ringing, answered, refused, challenged, cancelled, subscribe, message, options, register, nonsense
    }

    private static let sessions = 100
    private static let flooder = TransportAddress(ip: .v4(0xCB00_7105), port: 5060)
    private static let caller = TransportAddress(ip: .v4(0xC633_6407), port: 5060)

    private static func configuration(_ kind: Kind) -> UserAgentConfiguration {
        var configuration = UserAgentConfiguration(
            maxSessions: sessions, handedUpMethods: [.message], noticesPerSecond: 1_000)
        configuration.notifiedPackages = ["presence"]
        configuration.maxSubscriptions = sessions
        if kind == .challenged {
            configuration.authentication = DigestServer(
                realm: "trunk", users: ["bob": "right"], secret: Array("0123456789abcdef".utf8))
        }
        return configuration
    }

    private static func flow(_ remote: TransportAddress) -> Flow {
        Flow(protocol: .udp, local: Stage.us, remote: remote, id: 1)
    }

    /// A stage that floods itself.
    private struct Scene {
        var stage: Stage
        let kind: Kind
        private var number = 0
        private var realCalls = 0
        private(set) var completed = 0
        private(set) var most = Counters()

        init(_ kind: Kind) {
            self.kind = kind
            stage = Stage(FloodTests.configuration(kind))
            // What a flood leaves behind is let go of early, on purpose; no auditor would like it.
            stage.wire.turnOff()
        }

        /// One message of the flood.
        mutating func strike(from source: TransportAddress) {
            number += 1
            stage.callID = "flood-\(number)"
            let flow = FloodTests.flow(source)
            func send(_ method: String, headers: [String] = [], body: String? = nil, branch: String? = nil) {
                stage.request(
                    method, sequence: 1, branch: branch, toTag: .some(nil), headers: headers, body: body,
                    via: "Via: SIP/2.0/UDP \(source);branch=\(branch ?? "z9hG4bKf\(number)");rport", over: flow)
            }
            switch kind {
            case .ringing, .answered, .refused, .challenged, .cancelled:
                send("INVITE", body: "v=0 offer")
                if kind == .cancelled { send("CANCEL", branch: "z9hG4bKf\(number)") }
            case .subscribe: send("SUBSCRIBE", headers: ["Event: presence", "Contact: <sip:x@\(source)>"])
            case .message: send("MESSAGE", body: "buy")
            case .options: send("OPTIONS")
            case .register: send("REGISTER")
            case .nonsense: send("FROBNICATE")
            }
            for event in stage.events {
                switch (event, kind) {
                case (.incoming(let id, _, _), .ringing): stage.command(.ring(id))
                case (.incoming(let id, _, _), .answered): stage.command(.answer(id, body: .answer))
                case (.incoming(let id, _, _), .refused): stage.command(.reject(id, status: 486))
                case (.subscription(let id, _), _): stage.command(.acceptSubscription(id))
                default: break
                }
            }
            note()
        }

        /// A call by somebody who means it: it rings for ten seconds, is answered and hung up.
        mutating func realCall(_ source: TransportAddress = FloodTests.caller) throws -> (id: SessionID, text: String)?
        {
            realCalls += 1
            let text = "real-\(realCalls)"
            stage.forget()
            stage.callID = text
            stage.ourTag = nil
            stage.request("INVITE", sequence: 1, toTag: .some(nil), body: "v=0 offer", over: FloodTests.flow(source))
            if kind == .challenged { try authorize(from: source) }
            guard let id = stage.incoming.last else { return nil }
            stage.command(.ring(id))
            stage.forget()
            return (id, text)
        }

        /// Answers the challenge that the INVITE has met.
        private mutating func authorize(from source: TransportAddress) throws {
            let challenge = try #require(stage.lastResponse(to: .invite))
            var client = DigestClient(credentials: Credentials(username: "bob", password: "right"))
            var random = SeededGenerator(seed: 3)
            let headers = try #require(
                client.authorize(
                    challenges: challenge, method: .invite, uri: "sip:alice@192.0.2.1:5060", body: [], using: &random))
            stage.request(
                "INVITE", sequence: 2, toTag: .some(nil), headers: headers.map { "Authorization: \($0.1)" },
                body: "v=0 offer", over: FloodTests.flow(source))
        }

        mutating func complete(
            _ call: (id: SessionID, text: String), _ source: TransportAddress = FloodTests.caller
        ) throws {
            stage.forget()
            stage.command(.answer(call.id, body: .answer))
            try stage.learnOurTag()
            stage.callID = call.text
            let sequence: UInt32 = kind == .challenged ? 2 : 1
            stage.request("ACK", sequence: sequence, over: FloodTests.flow(source))
            stage.request("BYE", sequence: sequence + 1, over: FloodTests.flow(source))
            if stage.responses.last?.status == 200, stage.ends.last?.cause == .hungUpByPeer { completed += 1 }
            stage.ourTag = nil
        }

        mutating func note() {
            let counters = stage.core.counters
            most.sessions = max(most.sessions, counters.sessions + counters.lingeringSessions)
            most.serverTransactions = max(most.serverTransactions, counters.serverTransactions)
            most.subscriptions = max(most.subscriptions, counters.subscriptions)
            most.timers = max(most.timers, counters.timers)
            most.openServerRequests = max(most.openServerRequests, counters.openServerRequests)
            stage.forget()
        }
    }

    @Test(
        "T-06: of one address is held to its share, and named; real calls are answered all through it",
        arguments: Kind.allCases)
    func oneSource(_ kind: Kind) throws {
        var scene = Scene(kind)
        // Sixty seconds, forty a second; a real call that rings for ten seconds begins every second.
        var ringing: [(id: SessionID, text: String)] = []
        var begun = 0
        for _ in 0..<60 {
            if let call = try scene.realCall() { ringing.append(call) }
            begun += 1
            for _ in 0..<40 {
                scene.strike(from: Self.flooder)
                scene.stage.advance(.milliseconds(25))
            }
            if ringing.count > 10 { try scene.complete(ringing.removeFirst()) }
        }
        for call in ringing { try scene.complete(call) }
        #expect(scene.completed == begun)
        let share = Self.sessions / 4
        // A call that nobody acknowledges leaves its place after 32 seconds, and its BYE lasts as long again.
        #expect(scene.most.sessions <= 2 * share + 11 + 1)
        // The flood's share, its CANCELs, and what real calls leave behind for 32 seconds.
        #expect(scene.most.serverTransactions <= 2 * share + 4 * 45)
        #expect(scene.most.subscriptions <= share)
        #expect(scene.most.openServerRequests <= share)
        let counters = scene.stage.core.counters
        if [.ringing, .answered, .message].contains(kind) {
            #expect(counters.refusedBySource[Self.flooder.ip, default: 0] > 1_200)
        }
        #expect(counters.refusedBySource[Self.caller.ip] == nil)
        scene.stage.advance(.seconds(4_000))
        #expect(scene.stage.core.counters.isIdle)
    }

    @Test(
        "T-06: from ever new addresses is held to the strangers' share, and the oldest stranger goes first",
        arguments: Kind.allCases)
    func forgedSources(_ kind: Kind) throws {
        var scene = Scene(kind)
        // Somebody whose call was answered once is no stranger.
        let first = try #require(try scene.realCall())
        try scene.complete(first)
        let held = try #require(try scene.realCall())
        for number in 0..<1_500 {
            scene.strike(from: TransportAddress(ip: .v4(0x0A00_0000 + UInt32(number)), port: 5060))
            scene.stage.advance(.milliseconds(1))
        }
        let share = Self.sessions / 2
        #expect(scene.most.sessions <= share + 3)
        #expect(scene.most.serverTransactions <= 2 * share + 10)
        #expect(scene.most.subscriptions <= share)
        #expect(scene.most.timers <= 6 * share)
        // The call that has rung since before the flood is answered, and so is one that begins in the midst of it.
        try scene.complete(held)
        let last = try #require(try scene.realCall())
        try scene.complete(last)
        #expect(scene.completed == 3)
        #expect(scene.stage.core.counters.evicted >= 1_500 - share - 1)
        scene.stage.advance(.seconds(4_000))
        #expect(scene.stage.core.counters.isIdle)
    }

    @Test("T-06: when strangers' calls make room it is the oldest that goes, with 503, and its application hears of it")
    func oldestFirst() throws {
        var stage = Stage(Self.configuration(.ringing))
        let share = Self.sessions / 2
        for number in 0..<(share + 3) {
            stage.callID = "call-\(number)"
            let source = TransportAddress(ip: .v4(0x0A00_0000 + UInt32(number)), port: 5060)
            stage.request("INVITE", toTag: .some(nil), body: "v=0", over: Self.flow(source))
        }
        let refused = try stage.responses.filter { $0.status == 503 }.map { try $0.callID.text }
        #expect(refused == ["call-0", "call-1", "call-2"])
        #expect(stage.ends.map(\.cause) == [.rejectedLocally, .rejectedLocally, .rejectedLocally])
        #expect(stage.core.counters.sessions == share)
        #expect(stage.core.counters.evicted == 3)
    }

    @Test("T-06: what one address is counted for survives five hundred others")
    func heaviest() {
        var configuration = Self.configuration(.ringing)
        configuration.maxPerStranger = 0
        var stage = Stage(configuration)
        for number in 0..<2_000 {
            stage.callID = "call-\(number)"
            let other = TransportAddress(ip: .v4(0x0A00_0000 + UInt32(number % 500)), port: 5060)
            let source = number.isMultiple(of: 2) ? Self.flooder : other
            stage.request("INVITE", sequence: 1, toTag: .some(nil), body: "v=0", over: Self.flow(source))
            stage.forget()
        }
        let counts = stage.core.counters.refusedBySource
        #expect(counts.count <= 32)
        #expect(counts.max { $0.value < $1.value }?.key == Self.flooder.ip)
    }
}
