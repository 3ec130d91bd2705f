internal import Agent
internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

extension Calls {
    /// `trunkline calls summary`: has a model write what a kept call was about.
    struct Summary: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "summary", abstract: "Have a model sum a call up, and keep that with it.",
            discussion: """
                The model is that of model: in the configuration; what is looked for besides stands under record.fields: \
                (docs/records.md). A summary that is there is written anew.
                """)

        @Argument(help: "The call's identifier, or how it begins.")
        var id: String

        @Option(help: ArgumentHelp("A configuration file with model: in it.", valueName: "file"))
        var config: String?

        @OptionGroup var database: Database

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let settings = try Configuration.read(config)
            let digester: CallDigester
            do {
                guard let made = try ServiceMaking.digester(settings) else {
                    throw ValidationError(
                        "There is no model that could sum it up; name a file with model: in it by --config.")
                }
                digester = made
            } catch let error as AgentMaking.Failure {
                throw ValidationError("\(error)")
            }
            let store = try database.open(settings)
            guard let call = try await store.call(id) else { throw Calls.unknown(id) }
            switch try await store.oweDigest(of: call.id) {
            case .owed: break
            case .noSuchCall: throw Calls.unknown(id)
            case .isUp: throw ValidationError("The call is not over; sum it up afterwards.")
            case .nothingSaid: throw ValidationError("Nothing was said on this call; there is nothing to sum up.")
            }
            let clerk = DigestClerk(
                store: store, digester: digester, prices: UsagePrices(settings.prices), wallClock: { WallClock.now })
            _ = try await clerk.writeNow(call.id)
            let digest = try await store.call(call.id)?.summary
            await store.close()
            print(json ? try JSONText.of(digest) : CallReport.summary(digest))
            if digest?.state != .made { throw ExitCode.failure }
        }
    }
}
