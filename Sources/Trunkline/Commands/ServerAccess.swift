internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

/// Where a running server is, and with what it lets us in.
struct ServerAccess: ParsableArguments {
    @Option(help: ArgumentHelp("Where the server's HTTP port is.", valueName: "url"))
    var url = "http://127.0.0.1:8080"

    @Option(help: ArgumentHelp("The file with a token, as http.tokens_file names it.", valueName: "file"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("The variable with a token.", valueName: "name"))
    var tokenEnv: String?

    func validate() throws {
        if tokenFile != nil, tokenEnv != nil { throw ValidationError("Give --token-file or --token-env, not both.") }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ValidationError("--url \(url): begin it with http:// or https://.")
        }
    }

    func token() throws -> String? {
        if let tokenEnv {
            guard let token = ProcessInfo.processInfo.environment[tokenEnv], !token.isEmpty else {
                throw ValidationError("--token-env \(tokenEnv): there is no such variable.")
            }
            return token
        }
        guard let tokenFile else { return nil }
        guard let text = try? String(contentsOfFile: HomePath.expand(tokenFile), encoding: .utf8),
            let token = text.split(whereSeparator: \.isWhitespace).first
        else {
            throw ValidationError("--token-file \(tokenFile): it can't be read, or is empty.")
        }
        return String(token)
    }
}
