import SIPCore
import TelephonyPrimitives
import Testing

/// Whose word about who calls counts (RFC 3324, RFC 3325), and to whom we tell it.
@Suite("Trust in identities")
struct TrustTests {
    static let trunk = UserAgentConfiguration.trusting(Stage.peer.ip)

    /// What a peer may write into its INVITE, and what is told of the caller by it.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var from = "\"Bank\" <sip:+15555550111@example.com>"
        var headers: [String] = []
        /// By a trunk that is trusted.
        var trusted: Told
        /// By anybody else.
        var stranger: Told

        var testDescription: String { name }
    }

    struct Told: Sendable, Equatable {
        var number: String?
        var name: String?
        var isVerified = false
        var isAsserted = false
        var isAnonymous = false
        var diversions = 0
        var history = 0
    }

    static let claimed = Told(number: "+15555550111", name: "Bank")

    static let rows = [
        Row(name: "From alone", trusted: claimed, stranger: claimed),
        Row(
            name: "P-Asserted-Identity",
            headers: ["P-Asserted-Identity: \"Alice\" <sip:+15555550100@example.com>, <tel:+15555550100>"],
            trusted: Told(number: "+15555550100", name: "Alice", isAsserted: true), stranger: claimed),
        Row(
            name: "verstat in P-Asserted-Identity",
            headers: ["P-Asserted-Identity: <sip:+15555550100@example.com;verstat=TN-Validation-Passed-A>"],
            trusted: Told(number: "+15555550100", isVerified: true, isAsserted: true), stranger: claimed),
        Row(
            name: "verstat in From", from: "<sip:+15555550111;verstat=TN-Validation-Passed@example.com;user=phone>",
            trusted: Told(number: "+15555550111", isVerified: true), stranger: Told(number: "+15555550111")),
        Row(
            name: "verstat that says no",
            headers: ["P-Asserted-Identity: <sip:+15555550100@example.com;verstat=TN-Validation-Failed>"],
            trusted: Told(number: "+15555550100", isAsserted: true), stranger: claimed),
        Row(
            name: "a caller who hides", from: "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
            headers: ["P-Asserted-Identity: <sip:+15555550100@example.com>", "Privacy: id"],
            trusted: Told(number: "+15555550100", isAsserted: true, isAnonymous: true),
            stranger: Told(isAnonymous: true)),
        Row(
            name: "Diversion and History-Info",
            headers: [
                "Diversion: <sip:+15555550122@example.com>",
                "History-Info: <sip:a@example.com>;index=1, <sip:b@example.com>;index=1.1",
            ],
            trusted: Told(number: "+15555550111", name: "Bank", diversions: 1, history: 2), stranger: claimed),
        Row(
            name: "what is older than RFC 3325, and what is only preferred",
            headers: [
                "Remote-Party-ID: <sip:+15555550100@example.com>",
                "P-Preferred-Identity: <sip:+15555550100@example.com>",
            ],
            trusted: claimed, stranger: claimed),
        Row(
            name: "names in other cases and folds",
            headers: [
                "p-asserted-identity:\r\n <sip:+15555550100@example.com>", "P-ASSERTED-IDENTITY: <tel:+15555550100>",
            ],
            trusted: Told(number: "+15555550100", isAsserted: true), stranger: claimed),
    ]

    @Test(
        "T-18: what a stranger asserts about a caller is taken out, and the caller shown as unverified", arguments: rows
    )
    func incoming(_ row: Row) throws {
        for isTrusted in [true, false] {
            var stage = Stage(isTrusted ? Self.trunk : .init())
            stage.request(from: row.from, headers: row.headers + ["X-Kept: yes"], body: "v=0 offer")
            guard case .incoming(let id, let request, _)? = stage.events.first else {
                Issue.record("the call did not come in")
                return
            }
            let caller = request.caller
            let told = Told(
                number: caller.number?.description, name: caller.displayName,
                isVerified: caller.verification.isVerified, isAsserted: caller.source == .network(Stage.peer.ip),
                isAnonymous: caller.isAnonymous, diversions: caller.diversions.count, history: caller.history.count)
            #expect(told == (isTrusted ? row.trusted : row.stranger))
            #expect(request.assertor == (isTrusted ? Stage.peer.ip : nil))
            if !isTrusted {
                for name in HeaderName.assertions { #expect(request.values(of: name).isEmpty, "\(name)") }
            }
            if caller.isAnonymous { #expect(caller.shownText == nil) }
            // Nothing else is lost, and the call goes on.
            #expect(request.first(HeaderName("X-Kept")) == "yes")
            #expect(request.body == Array("v=0 offer".utf8))
            #expect(request.first(.contentLength) == "9")
            stage.command(.answer(id, body: .answer))
            #expect(stage.lastResponse(to: .invite)?.status == 200)
        }
    }

    @Test("T-18: neither a CANCEL, a BYE, a response nor a request in a call asserts anything when it is a stranger's")
    func everywhere() throws {
        for isTrusted in [true, false] {
            let lies = ["P-Asserted-Identity: <sip:+15555550100@example.com>", "Diversion: <sip:a@example.com>"]
            var stage = Stage(isTrusted ? Self.trunk : .init())
            stage.request("INVITE", sequence: 10, branch: "z9hG4bKi", body: "v=0 offer")
            stage.request("CANCEL", sequence: 10, branch: "z9hG4bKi", headers: lies)
            let cancel = try #require(stage.ends.last?.request)
            #expect((cancel.assertedIdentity != nil) == isTrusted)
            #expect(cancel.diversions.isEmpty != isTrusted)

            var caller = Stage(isTrusted ? Self.trunk : .init())
            _ = try caller.establishOutgoing(headers: [(.pAssertedIdentity, "<sip:+15555550100@example.com>")])
            let answers = caller.events.compactMap { event -> Response? in
                if case .answered(_, let response, _) = event { response } else { nil }
            }
            #expect(answers.map { $0.assertedIdentity != nil } == [isTrusted])
            #expect(answers.map(\.body) == [Array("v=0 answer".utf8)])
            caller.request("BYE", headers: lies)
            #expect((caller.ends.last?.request?.assertedIdentity != nil) == isTrusted)
        }
    }

    @Test("T-18: the registrar of an account counts as trusted only where the configuration says so")
    func registrars() throws {
        for includes in [true, false] {
            var configuration = UserAgentConfiguration()
            configuration.trustDomain.includesRegistrars = includes
            var stage = Stage(configuration)
            let id = stage.core.makeRegistrationID()
            let address = try SIPURI(parsing: "sip:alice@\(Stage.peer)")
            stage.command(
                .register(
                    id, Registration(addressOfRecord: address, registrar: try SIPURI(parsing: "sip:\(Stage.peer)"))))
            let register = try #require(stage.lastRequest(.register))
            stage.respond(200, to: register, headers: [(.contact, "\(register.first(.contact) ?? "");expires=600")])
            stage.request(
                from: "<sip:+15555550111@example.com>",
                headers: ["P-Asserted-Identity: <sip:+15555550100@example.com>"], body: "v=0")
            let requests = stage.events.compactMap { event -> Request? in
                if case .incoming(_, let request, _) = event { request } else { nil }
            }
            #expect(requests.map { $0.caller.number?.description } == [includes ? "+15555550100" : "+15555550111"])
        }
    }

    // MARK: Outgoing

    struct Sent: Sendable, CustomTestStringConvertible {
        var name: String
        var privacy: Privacy
        var isTrusted: Bool
        var from: String
        var asserted: [String]
        var header: String?

        var testDescription: String { "\(name), \(isTrusted ? "trusted" : "not trusted")" }
    }

    static let alice = "\"Alice\" <sip:+15555550100@example.com>"
    static let nobody = "\"Anonymous\" <sip:anonymous@anonymous.invalid>"

    static let sent = [
        Sent(name: "no privacy", privacy: [], isTrusted: true, from: alice, asserted: []),
        Sent(name: "no privacy", privacy: [], isTrusted: false, from: alice, asserted: []),
        Sent(name: "none", privacy: [.none], isTrusted: false, from: alice, asserted: [], header: "none"),
        Sent(name: "id", privacy: [.id], isTrusted: true, from: nobody, asserted: [alice], header: "id"),
        Sent(name: "id", privacy: [.id], isTrusted: false, from: nobody, asserted: [], header: "id"),
        Sent(
            name: "id and critical", privacy: [.id, .critical], isTrusted: false, from: nobody, asserted: [],
            header: "id;critical"),
    ]

    @Test("T-18: a caller who hides is told to a next hop in the trust domain, and to nobody else", arguments: sent)
    func outgoing(_ row: Sent) throws {
        var stage = Stage(row.isTrusted ? Self.trunk : .init())
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: "sip:bob@\(Stage.peer)"), from: try NameAddress(parsing: Self.alice),
            body: .offer)
        invite.privacy = row.privacy
        let id = stage.core.makeSessionID()
        stage.command(.invite(id, invite))
        let request = try #require(stage.lastRequest(.invite))
        var from = try request.from
        from.tag = nil
        #expect("\(from)" == row.from)
        #expect(request.values(of: .pAssertedIdentity) == row.asserted)
        #expect(request.first(.privacy) == row.header)
        if row.privacy.hidesCaller, !row.isTrusted {
            let text = String(decoding: request.octets, as: UTF8.self)
            #expect(!text.contains("15555550100") && !text.contains("Alice"))
        }
        // What the call goes on with does not tell it either.
        stage.respond(200, to: request, body: "v=0 answer")
        stage.command(.end(id))
        let bye = String(decoding: try #require(stage.lastRequest(.bye)).octets, as: UTF8.self)
        #expect(bye.contains("Alice") == !row.privacy.hidesCaller)
    }

    @Test("T-18: an identity that the application sets itself follows the same rule, in requests and in answers")
    func ownHeaders() throws {
        let fields: HeaderFields = [
            (.privacy, "id;history"), (.pAssertedIdentity, "<sip:a@example.com>"), (.pPreferredIdentity, "<tel:+1>"),
            (.historyInfo, "<sip:b@example.com>;index=1"), (HeaderName("X-Free"), "yes"),
        ]
        for isTrusted in [true, false] {
            var stage = Stage(isTrusted ? Self.trunk : .init())
            _ = try stage.call(headers: fields)
            stage.request("INVITE", toTag: .some(nil), body: "v=0")
            stage.command(.answer(try #require(stage.incoming.first), body: .answer, headers: fields))
            let messages: [any SIPMessage] = [
                try #require(stage.lastRequest(.invite)), try #require(stage.lastResponse(to: .invite)),
            ]
            for message in messages {
                for name in [HeaderName.pAssertedIdentity, .pPreferredIdentity, .historyInfo] {
                    #expect(message.values(of: name).isEmpty != isTrusted)
                }
                #expect(message.first(HeaderName("X-Free")) == "yes")
                #expect(message.privacy == [.id, .history])
            }
        }
    }
}

extension UserAgentConfiguration {
    fileprivate static func trusting(_ peer: IPAddress) -> UserAgentConfiguration {
        var configuration = UserAgentConfiguration()
        configuration.trustDomain = TrustDomain([peer])
        return configuration
    }
}

extension Stage {
    /// The peer calls with this From.
    fileprivate mutating func request(from: String, headers: [String], body: String) {
        let lines =
            [
                "INVITE sip:alice@192.0.2.1:5060 SIP/2.0",
                "Via: SIP/2.0/UDP \(Self.peer);branch=z9hG4bKtrust;rport", "Max-Forwards: 70",
                "From: \(from);tag=\(peerTag)", "To: <sip:alice@192.0.2.1>", "Call-ID: \(callID)", "CSeq: 1 INVITE",
                "Contact: <sip:bob@\(Self.peer)>",
            ] + headers + ["Content-Type: application/sdp", "Content-Length: \(body.utf8.count)", "", body]
        feed(.datagram(Array(lines.joined(separator: "\r\n").utf8), flow))
    }
}
