import SIPCore
import TelephonyPrimitives
import Testing

/// RFC 4475 and RFC 5118, message by message.
struct TortureTests {
    static let rows = (try? SIPFixtures.table("torture/index.tsv")) ?? []

    @Test("The table of torture messages is there and whole")
    func tableIsThere() {
        #expect(Self.rows.count == 61)
    }

    @Test("What the table accepts validates, what it rejects does not", arguments: rows)
    func verdict(_ row: [String: String]) throws {
        let octets = try SIPFixtures.octets("torture/" + #require(row["file"]))
        let verdict = Result { () throws(ParseError) in
            switch try Message(parsing: octets) {
            case .request(let request): try request.validate()
            case .response(let response): try response.validate()
            }
        }
        switch row["parse"] {
        case "accept": #expect(throws: Never.self) { try verdict.get() }
        case "reject": #expect(throws: ParseError.self) { try verdict.get() }
        default: break
        }
        guard case .failure(let error) = verdict, row["kind"] == "request", let allowed = row["ua_status"] else {
            return
        }
        // 501 is what a user agent may say instead for a method that it does not know.
        let statuses = allowed.split(separator: "|").compactMap { Int($0) }
        #expect(statuses.contains(error.suggestedStatus), "\(error)")
    }

    @Test("Start line, Call-ID, CSeq, Vias, Contacts and body are those of the table", arguments: rows)
    func facts(_ row: [String: String]) throws {
        let octets = try SIPFixtures.octets("torture/" + #require(row["file"]))
        guard let message = try? Message(parsing: octets) else {
            #expect(row["parse"] == "reject")
            return
        }
        let any: any SIPMessage
        switch message {
        case .request(let request):
            #expect(row["kind"] == "request")
            #expect(request.method.name == row["method_or_status"])
            any = request
        case .response(let response):
            #expect(row["kind"] == "response")
            #expect("\(response.status)" == row["method_or_status"])
            any = response
        }
        if let callID = row["call_id"], callID != "-", callID != "two values" {
            #expect(try any.callID.text == callID)
        }
        if let number = row["cseq_number"].flatMap(UInt32.init) {
            #expect(try any.cseq.number == number)
            #expect(try any.cseq.method.name == row["cseq_method"])
        }
        if row["parse"] == "accept" {
            #expect(try any.vias.count == row["via_count"].flatMap { Int($0) })
            if case .addresses(let contacts) = try any.contacts {
                #expect(contacts.count == row["contact_count"].flatMap { Int($0) })
            } else {
                #expect(row["contact_count"] == "0")
            }
        }
    }

    private func request(_ name: String) throws -> Request {
        let message = try Message(parsing: SIPFixtures.octets("torture/rfc4475/\(name).dat"))
        guard case .request(let request) = message else {
            throw ParseError(offset: 0, section: "", message: "\(name) is no request")
        }
        return request
    }

    @Test("However folded, every value of wsinv comes out whole (RFC 4475 §3.1.1.1)")
    func folding() throws {
        let request = try request("wsinv")
        #expect(try request.requestURI.sip?.user == "vivekg")
        #expect(try request.requestURI.sip?.parameters.has("unknownparam") == true)
        #expect(try request.to.tag == Tag("1918181833n"))
        #expect(try request.from.displayName == #"J Rosenberg \""#)
        #expect(try request.from.tag == Tag("98asjd8"))
        #expect(try request.maxForwards == 68)
        #expect(try request.cseq == CSeq(number: 9, method: .invite))
        #expect(request.first(.subject) == "")
        #expect(request.first(HeaderName("newfangledheader")) == "newfangled value continued newfangled value")
        #expect(request.first(HeaderName("UnknownHeaderWithUnusualValue")) == ";;,,;;,;")
        let vias = try request.vias
        #expect(vias.map(\.transport) == ["UDP", "TCP", "UDP"])
        #expect(vias.map(\.branch?.text) == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        let contact = try request.contacts
        guard case .addresses(let addresses) = contact, let only = addresses.first else {
            Issue.record("no Contact")
            return
        }
        #expect(only.displayName == #"Quoted string """#)
        #expect(only.parameters.value(of: "newparam") == "newvalue")
        #expect(only.parameters.has("secondparam"))
        #expect(only.parameters.value(of: "q") == "0.33")
        #expect(request.body.count == 150)
    }

    @Test("Escapes are decoded once, in users and nowhere else (RFC 4475 §3.1.1.3–5)")
    func escapes() throws {
        let escaped = try request("esc01")
        #expect(try escaped.requestURI.sip?.unescapedUser == "sips:user@example.com")
        #expect(try escaped.requestURI.sip?.isSecure == false)
        #expect(try escaped.requestURI.sip?.hostText == "example.net")
        #expect(try escaped.from.uri.sip?.unescapedUser == "I have spaces")
        let strange = try request("esc02")
        #expect(strange.method != .register)
        #expect(try strange.to.displayName == "%Z%45" || strange.from.displayName == "%Z%45")
        let nul = try request("escnull")
        #expect(try nul.to.uri.sip?.unescapedUser?.utf8.count == 11)
    }

    @Test("A NUL, a BEL or a binary body cuts nothing short (RFC 4475 §3.1.1.2, §3.1.1.11)")
    func binary() throws {
        #expect(try request("intmeth").to.displayName?.utf8.contains(0) == true)
        #expect(try request("mpart01").body.count == 553)
        #expect(try request("longreq").vias.count == 34)
        #expect(try request("dblreq").body.isEmpty)
    }

    @Test("Contact parameters and URI parameters are told apart (RFC 4475 §3.3.12–14)")
    func contactParameters() throws {
        func contact(_ name: String) throws -> NameAddress? {
            guard case .addresses(let addresses) = try request(name).contacts else { return nil }
            return addresses.first
        }
        #expect(try contact("cparam01")?.parameters.has("unknownparam") == true)
        #expect(try contact("cparam01")?.uri.sip?.parameters.has("unknownparam") == false)
        #expect(try contact("cparam02")?.parameters.has("unknownparam") == false)
        #expect(try contact("cparam02")?.uri.sip?.parameters.has("unknownparam") == true)
        #expect(try contact("regescrt")?.uri.sip?.headers.first?.name == "Route")
    }

    @Test("Seeded damage to every torture message never traps and never changes what is read twice")
    func damage() throws {
        var random = SeededGenerator(seed: 4475)
        for row in Self.rows {
            let original = try SIPFixtures.octets("torture/" + #require(row["file"]))
            for _ in 0..<60 {
                var octets = original
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let place = Int.random(in: 0..<octets.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: octets.remove(at: place)
                    default:
                        octets.insert(
                            [0x0D, 0x0A, 0x3B, 0x2C, 0x22, 0x3C, 0x3E, 0x25].randomElement(using: &random) ?? 0,
                            at: place)
                    }
                    if octets.isEmpty { octets = [0] }
                }
                guard let message = try? Message(parsing: octets) else { continue }
                switch message {
                case .request(let request):
                    _ = try? request.validate()
                    _ = try? request.routes
                    let noted = request.withTopViaReceived(from: TransportAddress(ip: .loopbackV4, port: 5060))
                    _ = MessageBuilder(response: 400, to: noted, toTag: Tag("t")).buildResponse()
                case .response(let response):
                    _ = try? response.validate()
                }
            }
        }
    }
}
