import Foundation

/// Asks an HTTP server as a person with curl does.
struct Curl {
    /// What was answered.
    struct Answer {
        var status: Int
        var body: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
    }

    let base: String
    let token: String

    /// - Parameter patience: seconds until it gives up.
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String] = [], patience: Int = 60
    ) async throws -> Answer {
        let program = try Program(
            "curl", arguments(method, path, body, headers) + ["-w", "\n%{http_code}", "-m", "\(patience)"])
        let status = try await program.end()
        let parts = program.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard status == 0, let code = parts.last.flatMap({ Int($0) }) else {
            throw Program.Failure(description: "curl \(method) \(path) ended with \(status): \(program.output)")
        }
        return Answer(status: code, body: parts.dropLast().joined(separator: "\n"))
    }

    /// Reads along until the server ends it.
    func stream(_ path: String) throws -> Program {
        try Program("curl", arguments("GET", path, nil, []) + ["-N"])
    }

    private func arguments(_ method: String, _ path: String, _ body: String?, _ headers: [String]) -> [String] {
        var arguments = ["-s", "-X", method, base + path, "-H", "Authorization: Bearer \(token)"]
        for header in headers { arguments += ["-H", header] }
        if let body { arguments += ["-H", "Content-Type: application/json", "--data-binary", body] }
        return arguments
    }
}
