import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// Calls from outside the carrier, where trunks are configured.
@Suite("From where requests are taken", .tags(.threat))
struct SourceAdmissionTests {
    private static let stranger = Flow(
        protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0xCB00_7105), port: 5060), id: 1)
    private static let office = Flow(
        protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0x0A01_0203), port: 5060), id: 1)

    private static func configuration(hasUsers: Bool = false) -> UserAgentConfiguration {
        var configuration = UserAgentConfiguration()
        configuration.admission = SourceAdmission(
            peers: [IPNetwork(Stage.peer.ip)], others: [IPNetwork("10.0.0.0/8")].compactMap(\.self))
        if hasUsers {
            configuration.authentication = DigestServer(
                realm: "home", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8))
        }
        return configuration
    }

    enum Source: CaseIterable {
        case trunk, office, stranger

        var flow: Flow? {
            switch self {
            case .trunk: nil
            case .office: SourceAdmissionTests.office
            case .stranger: SourceAdmissionTests.stranger
            }
        }
    }

    /// What an INVITE comes to: `nil` is no answer at all.
    @Test(
        "T-11: a call is taken from the trunk; from others with a password, where there are users, else not at all",
        arguments: [
            (Source.trunk, false, true, 100), (.office, false, true, 100), (.stranger, false, false, nil),
            (.trunk, true, true, 100), (.office, true, false, 401), (.stranger, true, false, 401),
        ] as [(Source, Bool, Bool, Int?)])
    func call(source: Source, hasUsers: Bool, isTaken: Bool, status: Int?) {
        var stage = Stage(Self.configuration(hasUsers: hasUsers))
        stage.wire.excuse(.requestAnswered, because: "strangers get no answer")
        stage.request("INVITE", body: "v=0 offer", over: source.flow)
        #expect(stage.incoming.isEmpty != isTaken)
        #expect(stage.responses.map(\.status) == (status.map { [$0] } ?? []))
    }

    @Test("T-11: by default, without trunks, nothing changes")
    func byDefault() {
        var stage = Stage()
        stage.request("INVITE", body: "v=0 offer", over: Self.stranger)
        #expect(stage.incoming.count == 1)
    }

    @Test(
        "T-10: a scanner gets no answer, whatever it asks, and nothing is kept of it",
        arguments: [
            "OPTIONS", "INVITE", "REGISTER", "SUBSCRIBE", "MESSAGE", "REFER", "BYE", "CANCEL", "NOTIFY", "PUBLISH",
            "FOO",
            "ACK", "INFO", "UPDATE", "PRACK",
        ])
    func scan(method: String) {
        for tag in [nil, "guess"] as [String?] {
            for hasUsers in [false, true] where !(hasUsers && tag == nil && ["INVITE", "CANCEL"].contains(method)) {
                var stage = Stage(Self.configuration(hasUsers: hasUsers))
                stage.wire.excuse(.requestAnswered, because: "strangers get no answer")
                stage.request(method, toTag: .some(tag), over: Self.stranger)
                stage.request(
                    method, toTag: .some(tag), uri: "sip:100@192.0.2.1", headers: ["Max-Forwards: x"],
                    over: Self.stranger)
                #expect(stage.responses.isEmpty && stage.incoming.isEmpty)
                #expect(stage.core.counters.serverTransactions == 0)
                let isCounted = stage.core.counters.refusedBySource[Self.stranger.remote.ip] ?? 0 > 0
                #expect(isCounted || method == "ACK")
            }
        }
    }

    @Test("T-10: one who guesses names is asked for a password alike, whether there is such a user or not")
    func guessing() {
        let answers = ["alice", "bob", "100"].map { name in
            var stage = Stage(Self.configuration(hasUsers: true))
            stage.request("INVITE", uri: "sip:\(name)@192.0.2.1", body: "v=0 offer", over: Self.stranger)
            return stage.responses.map { $0.headers.map { "\($0.0.text): \($0.1.count)" } }
        }
        #expect(answers[0] == answers[1] && answers[1] == answers[2] && answers[0].count == 1)
    }

    @Test("F-09: a call from an address that is missing in the trunk is said once in the log, with what to do")
    func notMatched() {
        var stage = Stage(Self.configuration())
        stage.wire.excuse(.requestAnswered, because: "strangers get no answer")
        for _ in 0..<5 { stage.request("INVITE", body: "v=0 offer", over: Self.stranger) }
        let sentences = stage.events.compactMap { event in
            if case .notice(let notice) = event { notice.sentence } else { nil }
        }
        #expect(
            sentences == [
                "A INVITE from 203.0.113.5 got no answer: it is none of our trunks' addresses. If it is the carrier's, it is "
                    + "missing among the trunk's sources"
            ])
        #expect(stage.core.counters.refusedBySource[Self.stranger.remote.ip] == 5)
    }

    @Test("T-11: the server of a registered account may call without being named")
    func registrar() throws {
        var configuration = UserAgentConfiguration()
        configuration.admission = SourceAdmission()
        var stage = Stage(configuration)
        stage.wire.excuse(.requestAnswered, because: "strangers get no answer")
        stage.request("INVITE", body: "v=0 offer")
        #expect(stage.incoming.isEmpty)
        let address = try SIPURI(parsing: "sip:alice@example.com")
        let id = stage.core.makeRegistrationID()
        stage.command(
            .register(id, Registration(addressOfRecord: address, registrar: try SIPURI(parsing: "sip:example.com"))))
        let register = try #require(stage.lastRequest(.register))
        stage.respond(200, to: register, headers: [(.contact, "\(register.first(.contact) ?? "");expires=600")])
        stage.request("INVITE", body: "v=0 offer")
        #expect(stage.incoming.count == 1)
        stage.request("INVITE", branch: "z9hG4bKother", headers: [], body: "v=0 offer", over: Self.stranger)
        #expect(stage.incoming.count == 1)
    }

    @Test("T-11: a call goes on with the host that it began with, and our own requests are answered by anybody")
    func established() throws {
        var stage = Stage(Self.configuration())
        _ = try stage.establishIncoming()
        stage.request("INFO")
        #expect(stage.lastResponse(to: .info)?.status == 200)
        stage.request("BYE")
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
        // The far end of a call of ours is no address of a trunk.
        stage = Stage(Self.configuration())
        stage.flow = Self.stranger
        _ = try stage.establishOutgoing()
        stage.request("BYE")
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
    }
}
