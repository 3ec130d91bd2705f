import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("A registrar")
struct RegistrarTests {
    private static let flow = Flow(protocol: .udp, local: Stage.us, remote: Stage.peer, id: 1)

    /// A registrar, and phones that write to it.
    private struct Desk {
        var registrar: Registrar
        var now = Instant.zero
        var flow = RegistrarTests.flow
        private var sequence: [String: UInt32] = [:]

        init(_ registrar: Registrar) { self.registrar = registrar }

        mutating func register(
            _ contacts: String?..., expires: String? = nil, callID: String = "c1", sequence number: UInt32? = nil,
            to: String = "<sip:alice@example.com>", uri: String = "sip:example.com", headers: [String] = []
        ) throws -> Registrar.Answer {
            let next = number ?? (sequence[callID, default: 0] + 1)
            sequence[callID] = next
            var lines = [
                "REGISTER \(uri) SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK\(callID)\(next)",
                "Max-Forwards: 70", "From: \(to);tag=1", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(next) REGISTER",
            ]
            lines += contacts.compactMap { $0.map { "Contact: \($0)" } }
            if let expires { lines.append("Expires: \(expires)") }
            lines += headers + ["Content-Length: 0", "", ""]
            guard case .request(let request) = try Message(parsing: Array(lines.joined(separator: "\r\n").utf8)) else {
                throw CancellationError()
            }
            try request.validate()
            return registrar.receive(request, over: flow, now: now)
        }

        func bound(_ address: String = "sip:alice@example.com") throws -> [String] {
            registrar.location.bindings(of: try SIPURI(parsing: address), now: now).map { "\($0.uri)" }
        }
    }

    private func desk(_ change: (inout Registrar) -> Void = { _ in }) -> Desk {
        Desk(Accounts.registrar(users: nil, change))
    }

    private func contacts(_ answer: Registrar.Answer) -> [String] {
        answer.headers.filter { $0.0 == .contact }.map(\.1)
    }

    @Test("lists every binding with the time it has left")
    func lists() throws {
        var desk = desk()
        #expect(
            try contacts(desk.register("<sip:alice@a>;q=0.5", expires: "100")) == ["<sip:alice@a>;q=0.5;expires=100"])
        desk.now = desk.now + .seconds(30)
        let answer = try desk.register("Bob <sip:alice@b;transport=tcp>;expires=200;x=y", callID: "c2")
        #expect(answer.status == 200)
        #expect(contacts(answer) == ["<sip:alice@a>;q=0.5;expires=70", "<sip:alice@b;transport=tcp>;x=y;expires=200"])
        #expect(try contacts(desk.register(nil, callID: "c3")) == contacts(answer))
        #expect(try desk.bound() == ["sip:alice@b;transport=tcp", "sip:alice@a"], "by preference")
        desk.now = desk.now + .seconds(70)
        #expect(try desk.bound() == ["sip:alice@b;transport=tcp"])
        #expect(desk.registrar.location.bindingCount == 2)
        desk.registrar.location.removeExpired(now: desk.now)
        #expect(desk.registrar.location.bindingCount == 1)
        desk.now = desk.now + .seconds(130)
        desk.registrar.location.removeExpired(now: desk.now)
        #expect(desk.registrar.location.addressCount == 0)
        #expect(desk.registrar.location.nextExpiry == nil)
    }

    @Test("the time is the Contact's, else that of Expires, else the default, within bounds")
    func times() throws {
        let cases: [(contact: String, expires: String?, status: Int, granted: String?)] = [
            ("<sip:a@a>", nil, 200, "3600"), ("<sip:a@a>", "100", 200, "100"),
            ("<sip:a@a>;expires=90", "100", 200, "90"),
            ("<sip:a@a>", "999999", 200, "7200"), ("<sip:a@a>", "59", 423, nil),
            ("<sip:a@a>;expires=1", "100", 423, nil),
            ("<sip:a@a>", "60", 200, "60"), ("<sip:a@a>;expires=x", "100", 200, "3600"),
            ("<sip:a@a>", "99999999999999", 200, "3600"), ("<sip:a@a>;expires", "100", 200, "3600"),
            ("<sip:a@a>", "-5", 200, "3600"), ("<sip:a@a>;expires=\"120\"", nil, 200, "120"),
            ("<sip:a@a>;expires=0", "100", 200, nil), ("<sip:a@a>", "0", 200, nil),
        ]
        for (contact, expires, status, granted) in cases {
            var desk = desk()
            let answer = try desk.register(contact, expires: expires)
            #expect(answer.status == status, "\(contact) \(expires ?? "-")")
            #expect(contacts(answer) == (granted.map { ["<sip:a@a>;expires=\($0)"] } ?? []))
            if status == 423 { #expect(answer.headers.contains { $0.0 == .minExpires && $0.1 == "60" }) }
        }
    }

    @Test("a refresh takes the place of the binding, by the rules of URI comparison")
    func refresh() throws {
        var desk = desk()
        _ = try desk.register("<sip:alice@phone.example.com;transport=udp>")
        _ = try desk.register("<sip:%61lice@PHONE.example.com;transport=UDP>;expires=600")
        #expect(try desk.bound() == ["sip:%61lice@PHONE.example.com;transport=UDP"])
        _ = try desk.register("<sip:alice@phone.example.com:5060;transport=udp>")
        #expect(try desk.bound().count == 2, "a port that is written is another Contact")
    }

    @Test("the address of record is compared without parameters, escapes undone, the host in any case")
    func address() throws {
        var desk = desk()
        for (index, to) in [
            "<sip:alice@example.com>", "<sip:%61lice@EXAMPLE.com;user=phone>", "<sips:alice@example.com>",
        ]
        .enumerated() {
            _ = try desk.register("<sip:a\(index)@a>", callID: "c\(index)", to: to)
        }
        #expect(try desk.bound().count == 3)
        _ = try desk.register("<sip:b@b>", callID: "d", to: "<sip:Alice@example.com>")
        #expect(try desk.bound().count == 3, "users depend on case")
        #expect(desk.registrar.location.addressCount == 2)
    }

    @Test("of one Call-ID only a higher CSeq changes anything, and a late request changes nothing at all")
    func order() throws {
        var desk = desk()
        #expect(try desk.register("<sip:a@a>", callID: "x", sequence: 5).status == 200)
        for late in [UInt32(5), 4, 0] {
            desk.now = desk.now + .seconds(1)
            #expect(try desk.register("<sip:n@n>", "<sip:a@a>;expires=0", callID: "x", sequence: late).status == 500)
            #expect(try desk.register("*", expires: "0", callID: "x", sequence: late).status == 500)
            #expect(try desk.bound() == ["sip:a@a"])
        }
        // A phone that has restarted has another Call-ID and begins at 1.
        #expect(try desk.register("<sip:a@a>;expires=700", callID: "y", sequence: 1).status == 200)
        #expect(try desk.register("<sip:a@a>;expires=0", callID: "y", sequence: 2).status == 200)
        #expect(try desk.bound().isEmpty)
    }

    @Test("* with Expires: 0 removes everything, and only that")
    func star() throws {
        var desk = desk()
        _ = try desk.register("<sip:a@a>", "<sip:b@b>")
        #expect(try desk.register("*").status == 400)
        #expect(try desk.register("*", expires: "60").status == 400)
        #expect(throws: ParseError.self) { try desk.register("*, <sip:c@c>", expires: "0") }
        #expect(try desk.bound().count == 2)
        let answer = try desk.register("*", expires: "0")
        #expect(answer.status == 200 && contacts(answer).isEmpty)
        #expect(try desk.bound().isEmpty)
        #expect(desk.registrar.location.bindingCount == 0)
    }

    @Test("all of a request's Contacts are taken, or none")
    func atomic() throws {
        var desk = desk()
        #expect(try desk.register("<sip:a@a>", "<sip:b@b>;expires=5").status == 423)
        #expect(try desk.bound().isEmpty)
        #expect(try desk.register("<sip:a@a>, <sip:b@b>;q=0.2").status == 200)
        #expect(try desk.bound() == ["sip:a@a", "sip:b@b"])
    }

    @Test("what it holds is bounded, per address and in all, and a place that is free is given again")
    func bounds() throws {
        var desk = desk {
            $0.location = LocationService(maxAddresses: 2, maxBindings: 3)
        }
        for index in 0..<3 { #expect(try desk.register("<sip:a@a\(index)>").status == 200) }
        #expect(try desk.register("<sip:a@a3>").status == 403)
        #expect(try desk.register("<sip:a@a1>").status == 200, "a refresh needs no new place")
        #expect(try desk.register("<sip:b@b>", callID: "b", to: "<sip:bob@example.com>").status == 200)
        let full = try desk.register("<sip:c@c>", callID: "c", to: "<sip:carol@example.com>")
        #expect(full.status == 503 && full.headers.contains { $0.0 == .retryAfter })
        #expect(try desk.register(nil, callID: "c", to: "<sip:carol@example.com>").status == 200)
        #expect(try desk.register("<sip:b@b>;expires=0", callID: "b", to: "<sip:bob@example.com>").status == 200)
        #expect(try desk.register("<sip:c@c>", callID: "c", to: "<sip:carol@example.com>").status == 200)
        let long = "<sip:\(String(repeating: "a", count: 600))@a>"
        #expect(try desk.register(long, callID: "b").status == 403)
    }

    @Test("refuses what it does not serve")
    func refusals() throws {
        var desk = desk { $0.users = ["alice"] }
        #expect(try desk.register("<sip:a@a>", to: "<sip:bob@example.com>").status == 404)
        #expect(try desk.register("<sip:a@a>", to: "<sip:example.com>").status == 404)
        #expect(try desk.register("<sip:a@a>", to: "<sip:alice@elsewhere.org>").status == 404)
        #expect(try desk.register("<sip:a@a>", uri: "sip:elsewhere.org").status == 404)
        #expect(try desk.register("<sip:a@a>", to: "<tel:+15550100>").status == 400)
        #expect(try desk.register("<sip:a@a>", uri: "tel:+15550100").status == 416)
        let answer = try desk.register("<sip:a@a>", headers: ["Require: path, teleport"])
        #expect(answer.status == 420)
        #expect(answer.headers.contains { $0.0 == .unsupported && $0.1 == "teleport" })
        #expect(try desk.bound().isEmpty)
        #expect(try desk.register("<sip:a@a>", uri: "sips:EXAMPLE.com").status == 200)
    }

    @Test(
        "Path is kept with the binding and sent back to who understands it (RFC 3327), Service-Route is told (RFC 3608)"
    )
    func path() throws {
        var desk = desk()
        desk.registrar.serviceRoute = [try Accounts.uri("sip:out.example.com;lr")]
        let path = ["Path: <sip:p1.example.com;lr>,<sip:p2.example.com;lr>"]
        let answer = try desk.register("<sip:a@10.0.0.1>", headers: path + ["Supported: path"])
        #expect(answer.headers.filter { $0.0 == .path }.map(\.1) == ["<sip:p1.example.com;lr>,<sip:p2.example.com;lr>"])
        #expect(answer.headers.filter { $0.0 == .serviceRoute }.map(\.1) == ["<sip:out.example.com;lr>"])
        let binding = try #require(
            desk.registrar.location.bindings(of: Accounts.uri("sip:alice@example.com"), now: desk.now).first)
        let invite = try #require(
            OutgoingInvite(to: binding, from: try NameAddress(parsing: "<sip:bob@example.com>"), body: .offer))
        #expect(invite.target.description == "sip:a@10.0.0.1")
        #expect(invite.route.map(\.description) == ["sip:p1.example.com;lr", "sip:p2.example.com;lr"])
        #expect(invite.flowTarget == nil)
        #expect(try desk.register("<sip:a@10.0.0.1>", headers: path).headers.contains { $0.0 == .path } == false)
        #expect(try desk.register("<sip:a@10.0.0.1>", headers: ["Path: nonsense<"]).status == 400)
    }

    @Test("without Path a call takes the way that the REGISTER came")
    func way() throws {
        var desk = desk()
        desk.flow.remote = try #require(TransportAddress(host: "203.0.113.7", port: 1_027))
        _ = try desk.register("<sip:alice@10.0.0.1>")
        let binding = try #require(
            desk.registrar.location.bindings(of: Accounts.uri("sip:alice@example.com"), now: desk.now).first)
        #expect(binding.flowTarget == FlowTarget(host: "203.0.113.7", port: 1_027, transport: .udp))
        #expect(try OutgoingInvite(to: binding, from: NameAddress(parsing: "<sip:b@b>"))?.route.isEmpty == true)

        // A phone behind a NAT is reached by the very connection over which it registered, and by no other.
        desk.flow.protocol = .tls
        _ = try desk.register("<sip:alice@10.0.0.1;transport=tls>", callID: "tls")
        let byConnection = try desk.registrar.location.bindings(
            of: Accounts.uri("sip:alice@example.com"), now: desk.now
        ).compactMap { $0.flowTarget?.connection }
        #expect(byConnection == [desk.flow])
    }

    @Test("a device that moves takes its place again (RFC 5626 §6), and leaves it with its connection")
    func outbound() throws {
        var desk = desk()
        desk.flow.protocol = .tcp
        let device = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"
        let supported = ["Supported: path, outbound"]
        let first = try desk.register("<sip:a@10.0.0.1;transport=tcp>\(device)", headers: supported)
        #expect(first.headers.contains { $0.0 == .require && $0.1 == "outbound" })
        desk.flow.id = 2
        _ = try desk.register("<sip:a@10.9.9.9;transport=tcp>\(device)", callID: "new", headers: supported)
        #expect(try desk.bound() == ["sip:a@10.9.9.9;transport=tcp"])
        _ = try desk.register(
            "<sip:a@10.9.9.9;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";reg-id=2", headers: supported)
        #expect(try desk.bound().count == 2)
        _ = try desk.register("<sip:plain@10.9.9.9>", callID: "z")
        desk.registrar.flowClosed(desk.flow)
        #expect(try desk.bound() == ["sip:plain@10.9.9.9"])
        // Behind a proxy it is an ordinary binding.
        let behind = supported + ["Path: <sip:edge.example.com;lr>"]
        let plain = try desk.register("<sip:b@b>\(device)", callID: "u", headers: behind)
        #expect(!plain.headers.contains { $0.0 == .require })
    }

    @Test("a hundred Contacts in one request are refused before they are compared")
    func manyContacts() throws {
        var desk = desk()
        let many = (0..<100).map { "<sip:a@a\($0)>" }.joined(separator: ",")
        #expect(try desk.register(many).status == 403)
        #expect(try desk.bound().isEmpty)
    }

    // MARK: Credentials

    private func response(
        to challenge: String, user: String, password: String, nonceCount: UInt32 = 1, uri: String = "sip:example.com"
    ) throws -> String {
        let asked = try DigestChallenge(parsing: challenge)
        let count = hexadecimal(nonceCount, width: 8)
        let calculation = DigestCalculation(
            algorithm: asked.algorithm, username: user, realm: asked.realm, password: password, method: "REGISTER",
            uri: uri, nonce: asked.nonce, cnonce: "c", nonceCount: count, quality: .authentication, body: [])
        return "Authorization: "
            + DigestAuthorization(
                username: user, realm: asked.realm, nonce: asked.nonce, uri: uri, response: calculation.response,
                opaque: nil, algorithm: asked.algorithm, quality: .authentication, cnonce: "c", nonceCount: count
            ).text
    }

    @Test("T-13: nobody registers without the password, with another's, for another, or with a digest that was seen")
    func credentials() throws {
        var desk = Desk(Accounts.registrar { $0.administrators = ["root"] })
        let asked = try desk.register("<sip:a@a>")
        #expect(asked.status == 401)
        let challenges = asked.headers.filter { $0.0 == .wwwAuthenticate }.map(\.1)
        let challenge = try #require(challenges.first)
        let right = try response(to: challenge, user: "alice", password: "secret")
        #expect(try desk.register("<sip:a@a>", headers: [right]).status == 200)
        let replayed = try desk.register("<sip:evil@e>", headers: [right])
        #expect(replayed.status == 401)
        #expect(replayed.headers.contains { $0.1.contains("stale=true") })
        let other = try response(to: challenge, user: "bob", password: "hunter2", nonceCount: 3)
        #expect(try desk.register("<sip:evil@e>", headers: [other]).status == 403)
        for (user, password) in [("alice", "wrong"), ("nobody", "x"), ("alice", "")] {
            let wrong = try response(to: challenge, user: user, password: password, nonceCount: 7)
            #expect(try desk.register("<sip:evil@e>", headers: [wrong]).status == 401)
        }
        let elsewhere = try response(
            to: challenge, user: "alice", password: "secret", nonceCount: 8, uri: "sip:evil.org")
        #expect(try desk.register("<sip:evil@e>", headers: [elsewhere]).status == 401)
        let again = try response(to: challenge, user: "alice", password: "secret", nonceCount: 2)
        #expect(try desk.register("<sip:a@a>", headers: [again]).status == 200)
        #expect(try desk.bound() == ["sip:a@a"])
    }

    @Test("an administrator registers for others (RFC 3261 §10.2)")
    func thirdParty() throws {
        var desk = Desk(Accounts.registrar(users: ["root": "r"]) { $0.administrators = ["root"] })
        let challenge = try #require(try desk.register("<sip:a@a>").headers.first?.1)
        let field = try response(to: challenge, user: "root", password: "r")
        #expect(try desk.register("<sip:a@a>", headers: [field]).status == 200)
    }
}

@Suite("Numbers of registrations")
struct RegistrationNumberTests {
    @Test(
        "q is a number from 0 to 1 with three decimals at most",
        arguments: [
            ("0", 0), ("1", 1_000), ("0.5", 500), ("0.05", 50), ("0.333", 333), ("1.0", 1_000), ("1.000", 1_000),
            ("0.", 0), ("1.1", nil), ("2", nil), ("", nil), (".5", nil), ("0.1234", nil), ("0,5", nil), ("-0", nil),
            ("00", nil), ("0.a", nil),
        ] as [(String, Int?)])
    func preference(_ text: String, thousandths: Int?) {
        #expect(QValue.parse(text) == thousandths)
        guard let thousandths else { return }
        #expect(QValue.parse(QValue.text(thousandths)) == thousandths)
    }

    @Test(
        "seconds are digits, below 2^32",
        arguments: [
            ("0", 0), ("3600", 3_600), ("4294967295", 4_294_967_295), ("4294967296", nil),
            ("99999999999999999999", nil),
            ("", nil), ("-1", nil), ("x", nil), ("0000000000001", nil),
        ] as [(String, Int?)])
    func seconds(_ text: String, value: Int?) {
        #expect(DeltaSeconds.parseWhole(text) == value)
        #expect(DeltaSeconds.parse(text + " (comment)") == value)
        #expect(DeltaSeconds.parseWhole(text + " (comment)") == nil)
    }
}
