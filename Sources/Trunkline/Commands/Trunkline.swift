internal import ArgumentParser

@main
struct Trunkline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunkline",
        abstract: "Telephone calls for an AI agent: SIP in, SIP out, every call kept.",
        discussion: """
            Start with `trunkline serve`, then call it from any SIP phone. \
            `trunkline help <command>` says what each command takes.
            """,
        version: version,
        subcommands: [
            Serve.self, CallCommand.self, Calls.self, CampaignCommand.self, DoNotCallCommand.self, Lookup.self,
            DoctorCommand.self, Replay.self, Watch.self, Supervise.self, SandboxCommand.self, TelnyxCommand.self,
            RehearseCommand.self,
        ])

    static let version = "0.1.0"
}
