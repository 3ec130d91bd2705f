import Foundation
import Testing

/// `trunkline sandbox` on a port of its own.
struct SandboxProgram {
    let program: Program
    let address: String
    let port: UInt16
    /// Of SIP over TLS, and of the name server, where there are such.
    var tlsPort: UInt16 { port + 1 }
    var namesPort: UInt16 { port + 2 }

    /// - Parameters:
    ///   - address: each loopback address is a carrier of its own.
    ///   - authority: where it writes the authority of its certificate, with TLS; `nil`: there is no TLS.
    ///   - hasNames: whether it is a name server, too.
    ///   - arguments: further ones.
    init(
        address: String = "127.0.0.1", tls authority: String? = nil, hasNames: Bool = false, _ arguments: [String] = []
    ) async throws {
        self.address = address
        port = try Workspace.freePort()
        var arguments = arguments
        if let authority { arguments += ["--tls", "--tls-port", "\(port + 1)", "--authority", authority] }
        if hasNames { arguments += ["--dns", "127.0.0.1:\(port + 2)"] }
        program = try Program(
            Workspace.product("trunkline"), ["sandbox", "--address", address, "--port", "\(port)"] + arguments)
        _ = try await program.line(containing: "Ready.")
    }

    /// What it says the agent's file should be.
    func settings() throws -> String {
        let lines = program.output.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex { $0.contains("trunkline serve --config") })
        return lines[(start + 2)...].prefix { !$0.contains("A telephone outside") }.joined(separator: "\n")
    }

    /// The same line as a trunk, for `trunk:`, or for a list of `trunks:`.
    func trunk(_ name: String = "sandbox", password: String = "sandbox-agent", more: String = "") -> String {
        """
        {provider: telnyx, name: \(name), host: \(address), port: \(port), transport: tcp, username: agent, \
        password: \(password), from: "+12025550131", country: US\(more)}
        """
    }

    /// Has the telephone outside dial a number and hang up after some seconds, and gives what `trunkline call` says.
    func dial(
        _ number: String = "+12025550131", by edge: String? = nil, seconds: Double = 3, playing file: String? = nil,
        recording: String? = nil
    ) async throws -> (status: Int32, output: String) {
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:\(number)@\(edge ?? address):\(port)", "--from", "sip:mobile@\(address):\(port)", "--auth",
                "mobile", "--password-env", "SANDBOX_PASSWORD", "--bind", "127.0.0.1", "--duration", "\(seconds)",
            ] + (file.map { ["--play", $0] } ?? []) + (recording.map { ["--record", $0] } ?? []),
            environment: ["SANDBOX_PASSWORD": "sandbox-mobile"])
        return (try await call.end(), call.output)
    }

    func stop() async throws {
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }
}
