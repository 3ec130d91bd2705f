import Foundation

/// TLS clients and servers written by others.
enum TLSProbe {
    /// Whether `openssl s_client` agrees on TLS with what listens on `port`.
    static func connects(to port: UInt16, _ options: String...) throws -> Bool {
        try run(["s_client", "-connect", "127.0.0.1:\(port)"] + options, saying: "").status == 0
    }

    /// What `openssl s_client` ends with, and all it has to say, when `text` is typed into it.
    static func talk(
        to port: UInt16, _ options: String..., saying text: String
    ) throws -> (status: Int32, output: String) {
        try run(["s_client", "-connect", "127.0.0.1:\(port)"] + options, saying: text)
    }

    private static func run(_ arguments: [String], saying text: String) throws -> (status: Int32, output: String) {
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/env")
        probe.arguments = ["openssl"] + arguments
        let (input, output) = (Pipe(), Pipe())
        probe.standardInput = input
        probe.standardOutput = output
        probe.standardError = output
        try probe.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        probe.waitUntilExit()
        return (probe.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// Runs `body` with the port of an `openssl s_server`.
    static func withServer<Result>(
        _ options: String..., body: (UInt16) async throws -> Result
    ) async throws -> Result {
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = ["openssl", "s_server", "-accept", "127.0.0.1:0"] + options
        let (input, output) = (Pipe(), Pipe())
        server.standardInput = input
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer {
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        var said = ""
        while !said.contains("ACCEPT 127.0.0.1:") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw Unexpected("openssl s_server ended after '\(said)'") }
            said += String(decoding: part, as: UTF8.self)
        }
        let port = said.split(separator: "ACCEPT 127.0.0.1:").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
        guard let port else { throw Unexpected("openssl s_server listens nowhere: '\(said)'") }
        return try await body(port)
    }
}
