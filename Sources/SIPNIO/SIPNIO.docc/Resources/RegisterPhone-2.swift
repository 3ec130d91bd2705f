import SIPCore
import SIPNIO

@main
struct RegisterPhone {
    static func main() async throws {
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 0)])
        let account = await agent.register(
            Registration(
                addressOfRecord: try SIPURI(parsing: "sip:alice@192.0.2.1"),
                registrar: try SIPURI(parsing: "sip:192.0.2.1"),
                credentials: Credentials(username: "alice", password: "secret")))
        let grant = try await account.registered()
        print("registered for \(grant.expires)")
    }
}
