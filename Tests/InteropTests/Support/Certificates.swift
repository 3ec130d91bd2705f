import Foundation

/// A certificate authority and a server certificate for 127.0.0.1, made by openssl.
enum Certificates {
    static func make(in workspace: Workspace) async throws {
        try await openssl(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Trunkline test CA",
                "-keyout", workspace.path("ca.key"), "-out", workspace.path("ca.pem"),
            ])
        try await openssl(
            [
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout",
                workspace.path("server.key"), "-out", workspace.path("server.csr"),
            ])
        try workspace.write("subjectAltName=IP:127.0.0.1\n", to: "server.ext")
        try await openssl(
            [
                "x509", "-req", "-in", workspace.path("server.csr"), "-CA", workspace.path("ca.pem"), "-CAkey",
                workspace.path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", workspace.path("server.ext"),
                "-out", workspace.path("server.pem"),
            ])
        // Some want both in one file.
        let both = try ["server.pem", "server.key"].map {
            try String(contentsOfFile: workspace.path($0), encoding: .utf8)
        }
        try workspace.write(both.joined(), to: "both.pem")
    }

    private static func openssl(_ arguments: [String]) async throws {
        let program = try Program("openssl", arguments)
        guard try await program.end() == 0 else { throw Program.Failure(description: program.output) }
    }
}
