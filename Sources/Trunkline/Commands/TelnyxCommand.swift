internal import ArgumentParser
internal import FoundationEssentials
internal import TelephonyPrimitives
internal import Telnyx

/// `trunkline telnyx`: what an account at Telnyx has set up.
struct TelnyxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "telnyx",
        abstract: "See and set up what calls need at Telnyx: application or SIP connection, profile, numbers.",
        subcommands: [TelnyxSetup.self, TelnyxStatus.self])
}

/// With what Telnyx lets us in, and where it is.
struct TelnyxAccess: ParsableArguments {
    static let usualAPI = "https://api.telnyx.com/v2"

    @Option(help: ArgumentHelp("The variable with an API key of Telnyx.", valueName: "name"))
    var keyEnv = "TELNYX_API_KEY"

    @Option(
        help: ArgumentHelp(
            "Another API than Telnyx's own, such as a sandbox's; also the variable TELNYX_API_URL.", valueName: "url"))
    var apiUrl: String?

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    var api: String { apiUrl ?? environment["TELNYX_API_URL"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.usualAPI }

    var isSandbox: Bool { api != Self.usualAPI }

    func validate() throws {
        guard api.hasPrefix("https://") || api.hasPrefix("http://") else {
            throw ValidationError("--api-url \(api): begin it with https:// or http://.")
        }
    }

    /// - Returns: `nil` when there is none.
    func client() -> TelnyxClient? {
        guard let text = environment[keyEnv], !text.isEmpty else { return nil }
        return TelnyxClient(key: Secret(text, from: "the variable \(keyEnv)"), transport: HTTPTransport(base: api))
    }

    /// Ends the command with what Telnyx said.
    func failure(_ error: some Error) -> ExitCode {
        FileHandleOutput.standardError.write("\(error)\nThe key is that of the variable \(keyEnv), the API \(api).\n")
        return .failure
    }
}
