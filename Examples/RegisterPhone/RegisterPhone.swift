import SIPCore
import SIPNIO

/// Registers an account, and refuses its calls as busy until it is interrupted.
@main
struct RegisterPhone {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            print("usage: RegisterPhone sip:alice@192.0.2.1 sip:192.0.2.1 PASSWORD")
            return
        }
        let address = try SIPURI(parsing: arguments[1])
        let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 0)])
        let account = await agent.register(
            Registration(
                addressOfRecord: address, registrar: try SIPURI(parsing: arguments[2]),
                credentials: Credentials(username: address.user ?? "", password: arguments[3])))

        let grant = try await account.registered()
        print("registered for \(grant.expires)")
        for await call in agent.calls {
            print("a call for \(address)")
            await call.reject(status: 486)
        }
    }
}
