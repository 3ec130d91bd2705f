import SIPCore
import TelephonyPrimitives
import Testing

/// The registration flows of RFC 3665 §2 and of our own list, step by step.
struct RegistrationFlowTests {
    static let published = (try? SIPFixtures.table("call-flows/published-flows.tsv")) ?? []
    static let trunk = (try? SIPFixtures.table("call-flows/trunk-flows.tsv")) ?? []

    static func published(_ section: String) -> [[String: String]] {
        published.filter { $0["flow"] == "RFC 3665 §\(section)" }
    }

    static func trunk(_ name: String) -> [[String: String]] {
        trunk.filter { $0["flow"] == name }
    }

    /// Whether what went over the wire is what the rows say: message, number, To tag and the header that matters.
    private func compare(_ lines: ArraySlice<VirtualLink.Line>, with rows: [[String: String]]) throws {
        try #require(!rows.isEmpty)
        try #require(lines.count == rows.count)
        var offset: Int64?
        for (line, row) in zip(lines, rows) {
            let step = "\(row["flow"] ?? "") \(row["step"] ?? "")"
            let message = try #require(row["message"])
            #expect(line.from == (row["from"] == "Bob" ? .alice : .bob), "\(step)")
            if let status = Int(message.prefix(3)) {
                #expect(line.message.response?.status == status, "\(step)")
            } else if message == "Unauthorized" {
                #expect(line.message.response?.status == 401, "\(step)")
            } else {
                #expect(line.message.title == message, "\(step)")
            }
            let number = try Int64(line.message.fields.cseq.number)
            let written = try #require(row["cseq"]?.split(separator: " ").first.flatMap { Int64($0) })
            offset = offset ?? number - written
            #expect(number - written == offset, "\(step)")
            #expect(try (line.message.fields.to.tag != nil) == (row["to_tag"] == "yes"), "\(step)")
            switch row["key_header"] {
            case "authorization": #expect(line.message.fields.first(.authorization) != nil, "\(step)")
            case "www-authenticate": #expect(line.message.fields.first(.wwwAuthenticate) != nil, "\(step)")
            default: break
            }
        }
    }

    private func link(nonceLifetime: Duration = .seconds(100_000)) -> VirtualLink {
        var registrar = Accounts.registrar()
        registrar.authentication = DigestServer(
            realm: "example.com", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8),
            nonceLifetime: nonceLifetime)
        return VirtualLink(bob: UserAgentConfiguration(registrar: registrar))
    }

    @Test("every flow that registers is there")
    func isThere() {
        let sections = Set(Self.published.compactMap { $0["flow"] }.filter { $0.hasPrefix("RFC 3665 §2.") })
        #expect(sections == ["RFC 3665 §2.1", "RFC 3665 §2.2", "RFC 3665 §2.3", "RFC 3665 §2.4", "RFC 3665 §2.5"])
        let names = Set(Self.trunk.filter { $0["message"] == "REGISTER" }.compactMap { $0["flow"] })
        #expect(names == ["register", "register-423", "register-503"])
        #expect(
            !Self.published.contains { $0["message"] == "REGISTER" && $0["flow"]?.hasPrefix("RFC 3665 §2.") == false })
    }

    @Test("RFC 3665 §2.1–2.4: a new registration, its refresh, the list of Contacts and the end")
    func success() throws {
        var link = link()
        let id = link.register(try Accounts.alice())
        link.run(.seconds(10))
        try compare(link.trace[...], with: Self.published("2.1"))
        var seen = link.trace.count
        link.run(.seconds(3_500))
        try compare(link.trace[seen...], with: Self.published("2.2"))
        seen = link.trace.count
        link.command(.alice, .fetchBindings(id))
        link.run(.seconds(10))
        try compare(link.trace[seen...], with: Self.published("2.3"))
        seen = link.trace.count
        link.command(.alice, .unregister(id))
        link.run(.seconds(10))
        try compare(link.trace[seen...], with: Self.published("2.4"))
        #expect(link.stateNames == ["registering", "registered", "registered", "unregistered"])
    }

    @Test("RFC 3665 §2.5: a wrong password")
    func failure() throws {
        var link = link()
        _ = link.register(try Accounts.alice { $0.credentials?.password = "wrong" })
        link.run(.seconds(1_000))
        try compare(link.trace[...], with: Self.published("2.5"))
        #expect(link.stateNames == ["registering", "failed 401"])
    }

    @Test(
        "our own flows: register, register-423, register-503", arguments: ["register", "register-423", "register-503"])
    func trunk(name: String) throws {
        let rows = Self.trunk(name)
        try #require(!rows.isEmpty)
        var stage = Stage()
        var wanted = try Accounts.alice {
            $0.servers = [FlowTarget(host: "192.0.2.9"), FlowTarget(host: "192.0.2.10")]
        }
        if name == "register-423" { wanted.expires = .seconds(60) }
        let id = stage.register(wanted)
        var seen = 0
        for row in rows {
            let check = row["check"] ?? ""
            switch (row["dir"], row["message"]) {
            case ("us->peer", "REGISTER"):
                if check.hasPrefix("refresh before") { stage.advanceToNextTry() }
                if check.hasPrefix("Contact with expires=0") { stage.command(.unregister(id)) }
                #expect(stage.registers.count == seen + 1, "\(name) \(row["n"] ?? "")")
                seen += 1
                let request = try #require(stage.registers.last)
                #expect(try request.to.tag == nil)
                #expect(try request.from.uri == request.to.uri)
                #expect(try request.callID == stage.registers.first?.callID)
                #expect(try request.cseq.number == UInt32(seen))
                if let expires = check.firstMatch(of: /^Expires (\d+)/) {
                    #expect(request.first(.expires) == String(expires.1))
                }
                if check.contains("Expires 3600") { #expect(request.first(.expires) == "3600") }
                if check.hasPrefix("Contact with expires=0") {
                    #expect(request.first(.contact)?.hasSuffix(";expires=0") == true)
                }
                if check.hasPrefix("refresh before") {
                    #expect(try (stage.now - .zero).inSeconds < #require(Double("3457")))
                }
            case ("peer->us", "401"):
                try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
            case ("peer->us", "200"):
                try stage.grant(check.contains("3457") ? 3_457 : 3_600)
            case ("peer->us", "423"):
                try stage.answer(423, headers: [(.minExpires, "300")])
            case ("peer->us", "503"):
                try stage.answer(503, headers: [(.retryAfter, "20")])
            case ("check", _):
                // The other host at once; the first one not before its 20 seconds.
                #expect(stage.asked.map(\.1.host) == ["192.0.2.9", "192.0.2.10"])
                try stage.answer(503, headers: [(.retryAfter, "7")])
                stage.advance(.seconds(19))
                #expect(stage.asked.filter { $0.1.host == "192.0.2.9" }.count == 1)
                seen = stage.registers.count
            default:
                Issue.record("\(row)")
            }
        }
        switch rows.last?["outcome"] {
        case "removed": #expect(stage.stateNames.last == "unregistered")
        case "registered": #expect(stage.stateNames.last == "registered")
        case "later": #expect(stage.states.compactMap(\.failure).allSatisfy { !$0.isFinal })
        default: Issue.record("no outcome")
        }
    }

    @Test(
        "every REGISTER of RFC 4475 and RFC 5118 gets the answer that the table gives a registrar",
        arguments: TortureTests.rows.filter { $0["kind"] == "request" && $0["registrar_status"] != "-" })
    func torture(_ row: [String: String]) throws {
        let allowed = try #require(row["registrar_status"]).split(separator: "|").compactMap { Int($0) }
        var stage = Stage(UserAgentConfiguration(registrar: Registrar()))
        // What is malformed is answered as it came.
        stage.wire.turnOff()
        // A datagram may hold more behind the message (dblreq).
        stage.feed(.datagram(try SIPFixtures.octets("torture/" + #require(row["file"])), stage.flow))
        let status = try #require(stage.responses.first?.status)
        #expect(allowed.contains(status), "\(row["file"] ?? ""): \(status)")
        #expect(stage.responses.count == 1)
        guard status == 200,
            case .request(let request) = try Message(
                parsing: SIPFixtures.octets("torture/" + #require(row["file"]))),
            case .addresses(let contacts) = try request.contacts, let contact = contacts.first
        else { return }
        let address = try #require(try request.to.uri.sip)
        let binding = stage.core.bindings(of: address, now: stage.now).first
        #expect(binding?.uri == contact.uri)
        #expect(binding?.parameters.has("unknownparam") == contact.parameters.has("unknownparam"))
    }
}
