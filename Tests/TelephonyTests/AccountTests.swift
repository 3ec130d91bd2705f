import SIPCore
import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing

/// Accounts over real sockets: an endpoint that is a registrar, and one that registers with it.
@Suite(.serialized) struct AccountTests {
    private static let users = ["alice": "secret"]

    /// Runs `body` with an endpoint that takes Alice's registration, and one without anything.
    private func withRegistrar(
        _ transport: TransportProtocol = .udp,
        handler: @escaping @Sendable (IncomingCall) async throws -> Void = { _ in },
        phoneHandler: @escaping @Sendable (IncomingCall) async throws -> Void = { _ in },
        body: (_ registrar: Endpoint, _ phone: Endpoint) async throws -> Void
    ) async throws {
        try await withEndpoint([transport]) {
            $0.registrar = Registrar(
                authentication: DigestServer(realm: "home", users: Self.users, secret: Array("0123456789abcdef".utf8)))
            $0.authentication = EndpointAuthentication(realm: "home", users: Self.users)
        } handler: { invitation in
            try await handler(invitation)
        } body: { registrar in
            try await withEndpoint([transport], handler: phoneHandler) { phone in
                try await body(registrar, phone)
            }
        }
    }

    private func alice(
        at registrar: Endpoint, over transport: TransportProtocol = .udp, password: String = "secret"
    ) throws -> Registration {
        Registration(
            addressOfRecord: try SIPURI(parsing: registrar.uri("alice", over: transport)),
            registrar: try SIPURI(parsing: registrar.uri("x", over: transport).replacing("x@", with: "")),
            credentials: Credentials(username: "alice", password: password))
    }

    @Test(.bounded, arguments: [TransportProtocol.udp, .tcp])
    func `F-12: an account is registered, called, and gone after its end`(_ transport: TransportProtocol) async throws {
        try await withRegistrar(transport) { _ in
        } phoneHandler: { invitation in
            try await invitation.answer { call in _ = try await call.end() }
        } body: { registrar, phone in
            let registration = try alice(at: registrar, over: transport)
            let account = await phone.register(registration)
            let grant = try await account.registered()
            #expect(grant.expires == .seconds(3_600))
            let binding = try #require(await registrar.bindings(of: registration.addressOfRecord).first)
            #expect(binding.flow?.protocol == transport)
            try await registrar.call(.init(to: "\(binding.uri)")) { call in
                #expect(call.direction == .outgoing)
            }
            await account.unregister()
            #expect(await registrar.bindings(of: registration.addressOfRecord).isEmpty)
            guard case .unregistered = account.state else {
                Issue.record("\(account.state)")
                return
            }
        }
    }

    @Test(.bounded) func `an account's calls use its name and its password`() async throws {
        let callers = Told<String>()
        try await withRegistrar { invitation in
            callers.tell(invitation.remote.address)
            try await invitation.answer { call in _ = try await call.end() }
        } body: { registrar, phone in
            let registration = try alice(at: registrar)
            let account = await phone.register(registration)
            try await account.registered()
            var outgoing = OutgoingCall(to: try registrar.uri("bob"))
            outgoing.account = account
            try await phone.call(outgoing) { _ in }
            #expect(try await callers.next() == "\(registration.addressOfRecord)")
        }
    }

    @Test(.bounded) func `a wrong password is told, and the end of the endpoint ends the account`() async throws {
        try await withRegistrar { registrar, phone in
            let account = await phone.register(try alice(at: registrar, password: "wrong"))
            let failure = await #expect(throws: RegistrationFailure.self) { try await account.registered() }
            #expect(failure?.status == 401)
            #expect(failure?.isFinal == true)
        }
    }

    @Test(.bounded) func `the shutdown of an endpoint removes what it has registered`() async throws {
        try await withRegistrar { registrar, _ in
            let registration = try alice(at: registrar)
            try await withEndpoint {
                $0.accounts = [registration]
            } body: { other in
                for account in await other.accounts { try await account.registered() }
                #expect(await registrar.bindings(of: registration.addressOfRecord).count == 1)
            }
            #expect(await registrar.bindings(of: registration.addressOfRecord).isEmpty)
        }
    }
}
