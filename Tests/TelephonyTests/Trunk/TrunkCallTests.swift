import SIPCore
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

/// Calls by trunks over real sockets: each trunk's server is a plain socket on 127.0.0.1.
@Suite(.serialized) struct TrunkCallTests {
    private static let number = TelephoneNumber("+12025550131")

    private static func trunk(_ name: String, at peer: UDPPeer) -> Trunk {
        var trunk = Trunk(name: name, host: "127.0.0.1", port: peer.port)
        trunk.caller = "+12025550100"
        trunk.firstAnswer = .seconds(20)
        return trunk
    }

    private static func telnyx(_ authentication: TelnyxTrunk.Authentication, at peer: UDPPeer) -> Trunk {
        var trunk = Trunk(
            TelnyxTrunk(authentication, transport: .udp), host: "127.0.0.1", port: peer.port)
        trunk.caller = "+12025550100"
        return trunk
    }

    private static let credentials = Credentials(username: "acme1", password: "secret")

    @Test(.bounded)
    func `a trunk of Telnyx: number, host, caller and user name are in the first INVITE, and no Opus over UDP`()
        async throws
    {
        let number = try #require(Self.number)
        try await UDPPeer.with { peer in
            let trunk = Self.telnyx(.credentials(Self.credentials), at: peer)
            try await withEndpoint { endpoint in
                let group = TrunkGroup([trunk])
                async let end = refusal { try await group.call(number, OutgoingCall(to: ""), on: endpoint) { _ in } }
                let first = try await peer.request("INVITE")
                #expect(first.text.hasPrefix("INVITE sip:+12025550131@127.0.0.1 SIP/2.0"))
                #expect(first.header("To") == "<sip:+12025550131@127.0.0.1>")
                #expect(first.header("From")?.hasPrefix("<sip:+12025550100@127.0.0.1>;tag=") == true)
                #expect(first.headers("X-Telnyx-Username") == ["acme1"])
                #expect(first.header("Proxy-Authorization") == nil && !first.text.contains("opus"))
                #expect(first.body.contains("a=rtpmap:101 telephone-event/8000"))
                let to = "\(first.header("To") ?? "");tag=1"
                func answer(_ status: String, _ invite: SIPText, _ more: [String] = []) -> String {
                    (["SIP/2.0 \(status)"] + invite.headers("Via").map { "Via: \($0)" }
                        + [
                            "From: \(invite.header("From") ?? "")", "To: \(to)",
                            "Call-ID: \(invite.header("Call-ID") ?? "")",
                            "CSeq: \(invite.header("CSeq") ?? "")",
                        ] + more + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
                }
                try await peer.send(
                    answer(
                        "407 Proxy Authentication Required", first,
                        [
                            "Proxy-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n\", opaque=\"u/1.2.3.4\", algorithm=MD5, qop=\"auth\""
                        ]),
                    to: endpoint.port)
                let second = try await peer.receive("the INVITE with credentials") {
                    $0.method == "INVITE" && $0.header("Proxy-Authorization") != nil
                }
                #expect(second.header("Proxy-Authorization")?.contains("username=\"acme1\"") == true)
                #expect(second.header("Proxy-Authorization")?.contains("opaque=\"u/1.2.3.4\"") == true)
                #expect(second.header("Call-ID") == first.header("Call-ID"))
                try await peer.send(answer("403 Unverified origination number D51", second), to: endpoint.port)
                let refused = try await end
                #expect(refused.status == 403 && refused.explanation.contains("D51"))
            }
        }
    }

    @Test(
        .bounded,
        arguments: [
            (TelnyxTrunk.Discriminator.prefix("1234"), "sip:123412025550131@127.0.0.1", "", ""),
            (.token("abcdefghijkl"), "sip:+12025550131@127.0.0.1", "X-Telnyx-Token", "abcdefghijkl"),
            (
                .chargedNumber("+12125551234"), "sip:+12025550131@127.0.0.1", "P-Charge-Info",
                "<sip:+12125551234@127.0.0.1>"
            ),
        ])
    func `a trunk of Telnyx that is known by its address says which connection it is`(
        discriminator: TelnyxTrunk.Discriminator, target: String, header: String, value: String
    ) async throws {
        let number = try #require(Self.number)
        try await UDPPeer.with { peer in
            let group = TrunkGroup([Self.telnyx(.address(discriminator), at: peer)])
            try await withEndpoint { endpoint in
                async let end = refusal { try await group.call(number, OutgoingCall(to: ""), on: endpoint) { _ in } }
                let callee = try await RawCallee(peer, of: endpoint.port)
                #expect(callee.invite.text.hasPrefix("INVITE \(target) SIP/2.0"))
                #expect(callee.invite.header("X-Telnyx-Username") == nil)
                if !header.isEmpty { #expect(callee.invite.headers(header) == [value]) }
                try await callee.respond(486, "Busy Here")
                #expect(try await end.status == 486)
            }
        }
    }

    @Test(.bounded) func `a trunk is registered with one Contact, no tag in To, and its own name`() async throws {
        try await UDPPeer.with { peer in
            let trunk = Self.telnyx(.credentials(Self.credentials), at: peer)
            try await withEndpoint {
                $0.trunks = [trunk]
            } body: { endpoint in
                let register = try await peer.request("REGISTER")
                #expect(register.text.hasPrefix("REGISTER sip:127.0.0.1 SIP/2.0"))
                #expect(register.header("To") == "<sip:acme1@127.0.0.1>")
                let contacts = register.headers("Contact")
                #expect(contacts.count == 1 && contacts[0].hasPrefix("<sip:acme1@") && contacts[0].utf8.count < 512)
                #expect(!contacts[0].contains(","))
                let answer = [
                    "SIP/2.0 200 OK", "Via: \(register.header("Via") ?? "")", "From: \(register.header("From") ?? "")",
                    "To: \(register.header("To") ?? "");tag=r", "Call-ID: \(register.header("Call-ID") ?? "")",
                    "CSeq: \(register.header("CSeq") ?? "")", "Contact: \(contacts[0]);expires=3457",
                    "Content-Length: 0", "", "",
                ]
                try await peer.send(answer.joined(separator: "\r\n"), to: endpoint.port)
                let grant = try await endpoint.accounts.first?.registered()
                #expect(grant?.expires == .seconds(3_457))
                for account in await endpoint.accounts { await account.refresh() }
                _ = try await peer.request("REGISTER")
            }
        }
    }

    @Test(.bounded) func `a call goes by the next trunk when the first one has no room, and each is told`() async throws
    {
        let number = try #require(Self.number)
        try await UDPPeer.with { main in
            try await UDPPeer.with { backup in
                let group = TrunkGroup([Self.trunk("main", at: main), Self.trunk("backup", at: backup)])
                try await withEndpoint { endpoint in
                    let told = Told<String>()
                    async let answered: Void = group.call(
                        number, OutgoingCall(to: ""), on: endpoint, choice: { told.tell($0.sentence) }
                    ) { call in
                        #expect(call.remote.address == "sip:+12025550131@127.0.0.1")
                    }
                    try await RawCallee(main, of: endpoint.port).respond(503, "Service Unavailable")
                    let callee = try await RawCallee(backup, of: endpoint.port)
                    try await callee.respond(200, "OK", body: audioDescription(port: 40_000))
                    _ = try await backup.request("ACK")
                    try await callee.confirm("BYE")
                    try await answered
                    #expect(try await told.next() == "main")
                    #expect(try await told.next().hasPrefix("backup, after main: "))
                }
            }
        }
    }

    @Test(.bounded, arguments: [486, 603, 403]) func `a call that was refused is not placed by another trunk`(
        status: Int
    )
        async throws
    {
        let number = try #require(Self.number)
        try await UDPPeer.with { main in
            let unused = Trunk(name: "unused", host: "127.0.0.1", port: 9)
            let group = TrunkGroup([Self.trunk("main", at: main), unused])
            try await withEndpoint { endpoint in
                let told = Told<String>()
                async let end = refusal {
                    try await group.call(
                        number, OutgoingCall(to: ""), on: endpoint, choice: { told.tell($0.trunk) }
                    ) { _ in }
                }
                try await RawCallee(main, of: endpoint.port).respond(status, "No")
                #expect(try await end.status == status)
                told.tell("over")
                #expect(try await told.next() == "main")
                #expect(try await told.next() == "over")
            }
        }
    }

    @Test(.bounded) func `a server that says nothing costs a moment, and nothing of its call is left`() async throws {
        let number = try #require(Self.number)
        try await UDPPeer.with { silent in
            try await UDPPeer.with { backup in
                var main = Self.trunk("main", at: silent)
                main.firstAnswer = .milliseconds(100)
                let group = TrunkGroup([main, Self.trunk("backup", at: backup)])
                try await withEndpoint { endpoint in
                    async let end = refusal {
                        try await group.call(number, OutgoingCall(to: ""), on: endpoint) { _ in }
                    }
                    let lost = try await silent.request("INVITE")
                    let callee = try await RawCallee(backup, of: endpoint.port)
                    #expect(callee.invite.header("Call-ID") != lost.header("Call-ID"))
                    // The one that was given up comes too late: it is undone, and not taken for an answer.
                    let late = [
                        "SIP/2.0 180 Ringing", "Via: \(lost.header("Via") ?? "")", "From: \(lost.header("From") ?? "")",
                        "To: \(lost.header("To") ?? "");tag=late", "Call-ID: \(lost.header("Call-ID") ?? "")",
                        "CSeq: \(lost.header("CSeq") ?? "")", "Content-Length: 0", "", "",
                    ]
                    try await silent.send(late.joined(separator: "\r\n"), to: endpoint.port)
                    _ = try await silent.request("CANCEL")
                    try await callee.respond(486, "Busy Here")
                    #expect(try await end.status == 486)
                    try await endpoint.becomesIdle()
                }
            }
        }
    }

    @Test(.bounded) func `without a route nothing is sent, and it is said why`() async throws {
        let number = try #require(Self.number)
        try await withEndpoint { endpoint in
            let group = TrunkGroup(
                [Trunk(name: "de", host: "127.0.0.1", port: 9)], routes: TrunkRoutes(["+49": [0]], count: 1))
            let end = try await refusal { try await group.call(number, OutgoingCall(to: ""), on: endpoint) { _ in } }
            #expect(end.cause == .failed && end.explanation.contains("No route leads to +12025550131"))
        }
    }

    @Test(.bounded) func `F-21, T-18: the trunk's caller is shown in full, and one who hides is not`() async throws {
        let shown = Told<CallParty>()
        let told = Told<String?>()
        try await UDPPeer.with { peer in
            try await withEndpoint {
                var trunk = Trunk(name: "us", host: "sip.example.com")
                trunk.sources = [IPNetwork(.loopbackV4)]
                trunk.numbers.plan = .northAmerica
                $0.trunks = [trunk]
            } handler: { invitation in
                shown.tell(invitation.remote)
                shown.tell(invitation.local)
                told.tell(invitation.trunk?.name)
                told.tell(invitation.carrierSession)
                told.tell(invitation.caller.verification.isVerified ? "verified" : "unverified")
                await invitation.reject()
            } body: { endpoint in
                try await RawCaller(peer, to: endpoint.port).invite(
                    audioDescription(port: 40_000),
                    headers: [
                        "P-Asserted-Identity: \"12025550133\" <sip:12025550133@sip.example.com;verstat=TN-Validation-Passed-A>",
                        "X-Telnyx-Session-ID: 6b0e-1",
                    ])
                #expect(try await shown.next() == CallParty(address: "sip:+12025550133@sip.example.com"))
                #expect(try await shown.next().address == "sip:bob@127.0.0.1:\(endpoint.port)")
                #expect(try await told.next() == "us")
                #expect(try await told.next() == "6b0e-1")
                #expect(try await told.next() == "verified")
            }
        }
        try await UDPPeer.with { peer in
            try await withEndpoint {
                var trunk = Trunk(name: "us", host: "sip.example.com")
                trunk.sources = [IPNetwork(.loopbackV4)]
                $0.trunks = [trunk]
            } handler: { invitation in
                shown.tell(invitation.remote)
                await invitation.reject()
            } body: { endpoint in
                try await RawCaller(peer, to: endpoint.port).invite(
                    audioDescription(port: 40_000),
                    headers: ["P-Asserted-Identity: <sip:+12025550133@sip.example.com>", "Privacy: id"])
                #expect(try await shown.next().address == "sip:anonymous@anonymous.invalid")
            }
        }
    }

    @Test(.bounded, .tags(.threat))
    func `T-18: who is no trunk asserts no caller, no check of one, and no session of the carrier's`() async throws {
        let shown = Told<CallParty>()
        let told = Told<String?>()
        try await UDPPeer.with { peer in
            try await withEndpoint {
                var trunk = Trunk(name: "us", host: "sip.example.com")
                trunk.sources = IPNetwork("203.0.113.0/24").map { [$0] } ?? []
                $0.trunks = [trunk]
            } handler: { invitation in
                shown.tell(invitation.remote)
                told.tell(invitation.trunk?.name)
                told.tell(invitation.carrierSession)
                told.tell(invitation.caller.verification.isVerified ? "verified" : "unverified")
                await invitation.reject()
            } body: { endpoint in
                // This machine may call, and is no carrier.
                try await RawCaller(peer, to: endpoint.port).invite(
                    audioDescription(port: 40_000),
                    headers: [
                        "P-Asserted-Identity: <sip:+12025550133@sip.example.com;verstat=TN-Validation-Passed-A>",
                        "X-Telnyx-Session-ID: forged",
                    ])
                #expect(try await shown.next().address == "sip:alice@127.0.0.1:\(peer.port)")
                #expect(try await told.next() == nil)
                #expect(try await told.next() == nil)
                #expect(try await told.next() == "unverified")
            }
        }
    }

    @Test(.bounded, arguments: [(TrunkRefusal.tryElsewhere, 503), (.busy, 486)])
    func `who calls by a trunk when all lines are taken hears busy, or goes another way, as the trunk says`(
        refusal: TrunkRefusal, status: Int
    ) async throws {
        try await UDPPeer.with { peer in
            try await withEndpoint {
                var trunk = Trunk(name: "t", host: "sip.example.com")
                trunk.sources = [IPNetwork(.loopbackV4)]
                trunk.refusal = refusal
                $0.trunks = [trunk]
                $0.maximumCalls = 0
            } handler: { _ in
            } body: { endpoint in
                try await RawCaller(peer, to: endpoint.port).invite(audioDescription(port: 40_000))
                _ = try await peer.response(status)
            }
        }
    }

    @Test(.bounded) func `a caller who hides is told to the trunk alone`() async throws {
        let number = try #require(Self.number)
        try await UDPPeer.with { peer in
            var trunk = Self.trunk("t", at: peer)
            trunk.hidesCaller = true
            trunk.sources = [IPNetwork(.loopbackV4)]
            let group = TrunkGroup([trunk])
            try await withEndpoint {
                $0.trunks = group.trunks
            } body: { endpoint in
                async let end = refusal { try await group.call(number, OutgoingCall(to: ""), on: endpoint) { _ in } }
                let callee = try await RawCallee(peer, of: endpoint.port)
                #expect(callee.invite.header("From")?.contains("anonymous@anonymous.invalid") == true)
                #expect(callee.invite.header("Privacy") == "id")
                #expect(callee.invite.header("P-Asserted-Identity") == "<sip:+12025550100@127.0.0.1>")
                try await callee.respond(486, "Busy Here")
                _ = try await end
            }
        }
    }

    @Test(.bounded, .tags(.threat))
    func `T-15: what an order says in headers can't stand in for what the trunk knows us by`()
        async throws
    {
        let number = try #require(Self.number)
        try await UDPPeer.with { peer in
            let group = TrunkGroup([Self.telnyx(.address(.token("abcdefghijkl")), at: peer)])
            try await withEndpoint { endpoint in
                var outgoing = OutgoingCall(to: "")
                outgoing.headers = [("x-telnyx-token", "stolen-token-1"), ("X-Order", "7")]
                async let end = refusal { [outgoing] in try await group.call(number, outgoing, on: endpoint) { _ in } }
                let callee = try await RawCallee(peer, of: endpoint.port)
                #expect(callee.invite.headers("X-Telnyx-Token") == ["abcdefghijkl"])
                #expect(callee.invite.headers("X-Order") == ["7"])
                try await callee.respond(486, "Busy Here")
                _ = try await end
            }
        }
    }
}
