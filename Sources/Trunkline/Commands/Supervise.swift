internal import ArgumentParser
internal import CallWatch

/// `trunkline supervise`: somebody listens to a call of a running server, whispers to its agent, or takes it over.
struct Supervise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise",
        abstract: "Listen to a call of a running server, whisper to its agent, or take it over.",
        discussion: """
            The server calls --to, who may then press 4 to listen, 5 to whisper and 6 to take over. Without --to the \
            supervisor who is there does something else. --text tells the agent's model something that the caller does \
            not hear, without a telephone. The server needs its HTTP port, as for `trunkline watch`.
            """)

    @Argument(help: ArgumentHelp("The call, or as much of its end or beginning as is needed.", valueName: "id"))
    var id: String

    @Option(help: ArgumentHelp("Whom to call: a name of transfers:, or what outbound.allow names.", valueName: "who"))
    var to: String?

    @Flag(help: "Hear both sides; with --to the usual.")
    var listen = false

    @Flag(help: "The same, and what the supervisor says is told to the agent's model.")
    var whisper = false

    @Flag(help: "Talk with the caller in the agent's place.")
    var takeOver = false

    @Option(help: ArgumentHelp("Tell the agent's model this.", valueName: "note"))
    var text: String?

    @Flag(help: "End the supervision.")
    var end = false

    @OptionGroup var server: ServerAccess

    private var modes: [String] {
        [(listen, "listen"), (whisper, "whisper"), (takeOver, "takeover")].filter(\.0).map(\.1)
    }

    func validate() throws {
        guard modes.count <= 1 else { throw ValidationError("Give one of --listen, --whisper and --take-over.") }
        guard to == nil && modes.isEmpty || !end else {
            throw ValidationError("--end ends the supervision: give it alone.")
        }
        guard to != nil || !modes.isEmpty || text != nil || end else {
            throw ValidationError("Say what is to be done: --to WHO, a mode, --text NOTE, or --end.")
        }
    }

    func run() async throws {
        do {
            try await WatchClient.withClient(of: server.url, token: try server.token()) { client in
                let call = try await client.call(id)
                if let text { try await client.whisper(text, to: call) }
                if to != nil || !modes.isEmpty {
                    try await client.supervise(call, to: to, mode: modes.first)
                }
                if end { try await client.endSupervision(of: call) }
            }
        } catch let failure as WatchClient.Failure {
            FileHandleOutput.standardError.write("\(failure)\n")
            throw ExitCode.failure
        }
    }
}
