import SIPCore
import TelephonyPrimitives

/// Accounts and answers for the tests of registration.
enum Accounts {
    static let password = Credentials(username: "alice", password: "secret")

    static func uri(_ text: String) throws -> SIPURI { try SIPURI(parsing: text) }

    static func alice(_ change: (inout Registration) throws -> Void = { _ in }) throws -> Registration {
        var registration = Registration(
            addressOfRecord: try uri("sip:alice@example.com"), registrar: try uri("sip:example.com"),
            credentials: password)
        try change(&registration)
        return registration
    }

    static func registrar(
        users: [String: String]? = ["alice": "secret", "bob": "hunter2"], secret: String = "0123456789abcdef",
        _ change: (inout Registrar) -> Void = { _ in }
    ) -> Registrar {
        var registrar = Registrar(
            domains: ["example.com"],
            authentication: users.map {
                DigestServer(realm: "example.com", users: $0, secret: Array(secret.utf8))
            })
        change(&registrar)
        return registrar
    }

    static let challenge = "Digest realm=\"example.com\", nonce=\"n1\", algorithm=MD5, qop=\"auth\""
}

extension UserAgentCore.Event {
    var registrationState: RegistrationState? {
        if case .registration(_, let state) = self { state } else { nil }
    }
}

extension RegistrationState {
    var name: String {
        switch self {
        case .registering: "registering"
        case .registered: "registered"
        case .failed(let failure): "failed \(failure.status ?? 0)"
        case .unregistered: "unregistered"
        }
    }

    var grant: RegistrationGrant? { if case .registered(let grant) = self { grant } else { nil } }
    var failure: RegistrationFailure? { if case .failed(let failure) = self { failure } else { nil } }
}

extension Stage {
    mutating func register(_ registration: Registration) -> RegistrationID {
        let id = core.makeRegistrationID()
        command(.register(id, registration))
        return id
    }

    var states: [RegistrationState] { events.compactMap(\.registrationState) }
    var stateNames: [String] { states.map(\.name) }
    var registers: [Request] { requests.filter { $0.method == .register } }

    /// Goes on until the refresh, or the next try after a failure, is sent.
    mutating func advanceToNextTry() {
        guard let next = states.last?.grant?.refreshAt ?? states.last?.failure?.retryAt else { return }
        advance(next - now)
    }

    /// The registrar takes the last REGISTER.
    mutating func grant(_ seconds: Int = 3_600, headers: HeaderFields = [], contact: String? = nil) throws {
        guard let request = registers.last else { throw CancellationError() }
        let ours = contact ?? request.first(.contact).map { "\($0);expires=\(seconds)" }
        respond(200, to: request, headers: (ours.map { [(.contact, $0)] } ?? []) + headers)
    }

    /// The registrar answers the last REGISTER.
    mutating func answer(_ status: Int, headers: HeaderFields = []) throws {
        guard let request = registers.last else { throw CancellationError() }
        respond(status, to: request, headers: headers)
    }
}

extension VirtualLink {
    mutating func register(_ registration: Registration) -> RegistrationID {
        let id = cores[0].makeRegistrationID()
        command(.alice, .register(id, registration))
        return id
    }

    var states: [RegistrationState] { events[0].compactMap(\.registrationState) }
    var stateNames: [String] { states.map(\.name) }

    /// What Bob's registrar has for an address now.
    func bindings(_ address: String = "sip:alice@example.com") throws -> [LocationBinding] {
        cores[1].bindings(of: try SIPURI(parsing: address), now: now)
    }
}
