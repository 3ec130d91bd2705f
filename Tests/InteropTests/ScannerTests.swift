import Foundation
import Testing

/// Who looks for telephone systems to abuse, as they find anybody on the Internet within minutes.
@Suite(.serialized)
struct ScannerTests {
    /// What went out, by the program's own trace: `SIP/2.0 404 …`.
    private static func answers(in trace: String) throws -> Int {
        let text = String(decoding: try Data(contentsOf: URL(filePath: trace)), as: UTF8.self)
        return text.matches(of: #/SIP/2\.0 [1-6][0-9][0-9] /#).count
    }

    @Test("T-10, T-11: sipvicious finds nothing at a server with a trunk, and is not answered; who is let in finds it")
    func scanners() async throws {
        let host = try await OtherHost.make(ours: "203.0.113.1", theirs: "203.0.113.2", for: "A scan from elsewhere")
        guard let host else { return }
        let workspace = try Workspace("scanner")
        func serve(_ name: String, sources: String) async throws -> (Program, UInt16) {
            let port = try Workspace.freePort()
            try workspace.write(
                """
                listen: ["udp:203.0.113.1:\(port)", "tcp:203.0.113.1:\(port)"]
                agent: echo
                calls: {database: \(workspace.path("\(name).db"))}
                trunk: {provider: generic, name: carrier, host: 203.0.113.77, auth: ip, sources: [\(sources)]}
                """, to: "\(name).yaml")
            let program = try Program(
                Workspace.product("trunkline"),
                [
                    "serve", "--config", workspace.path("\(name).yaml"), "--drain", "1", "--sip-trace",
                    workspace.path("\(name).pcap"),
                ])
            _ = try await program.line(containing: "Ready.")
            return (program, port)
        }
        let (closed, port) = try await serve("closed", sources: "203.0.113.77")
        let (open, openPort) = try await serve("open", sources: host.theirs)

        async let found = scan(host, "svmap", ["-b", host.theirs, "-p", "\(port)", "203.0.113.1"], in: workspace)
        async let contrast = scan(
            host, "svmap", ["-b", host.theirs, "-P", "5070", "-p", "\(openPort)", "203.0.113.1"], in: workspace)
        let guesses = ["REGISTER", "INVITE", "OPTIONS"]
        var answers: [String] = []
        for method in guesses {
            answers.append(
                try await scan(
                    host, "svwar",
                    [
                        "-b", host.theirs, "-P", "5080", "-e", "100-109", "-m", method, "--force", "--maximumtime=2",
                        "-p", "\(port)", "203.0.113.1",
                    ], in: workspace))
        }
        #expect(try await !found.contains("203.0.113.1:\(port)"))
        let seen = try await contrast
        #expect(seen.contains("203.0.113.1:\(openPort)"), "The scanner finds nothing at all: \(seen)")
        for (method, answer) in zip(guesses, answers) {
            for name in 100...109 { #expect(!answer.contains("| \(name) "), "\(method): \(answer)") }
        }
        for program in [closed, open] {
            program.signal(SIGTERM)
            #expect(try await program.end() == 0)
        }
        #expect(try Self.answers(in: workspace.path("closed.pcap")) == 0)
        #expect(try Self.answers(in: workspace.path("open.pcap")) > 0)
        #expect(closed.output.contains("none of our trunks' addresses"), "\(closed.output)")
        try await host.remove()
        workspace.remove()
    }

    /// What a program of sipvicious prints; it keeps sessions in its home.
    private func scan(
        _ host: OtherHost, _ program: String, _ arguments: [String], in workspace: Workspace
    ) async throws -> String {
        let scan = try host.start("env", ["HOME=\(workspace.folder.path)", program] + arguments)
        _ = try await scan.end(within: .seconds(60))
        return scan.output
    }
}
