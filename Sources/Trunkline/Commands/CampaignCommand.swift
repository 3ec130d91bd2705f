internal import Agent
internal import ArgumentParser
internal import CallAPI
internal import FoundationEssentials
internal import Telephony
internal import TrunklineConfiguration

/// `trunkline campaign`: many calls, carried out by `trunkline serve` on the same database.
struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign", abstract: "Call many numbers within limits; `trunkline serve` carries it out.",
        subcommands: [Create.self, List.self, Show.self, Pause.self, Resume.self, Cancel.self],
        defaultSubcommand: List.self)

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a campaign.",
            discussion: """
                The table is CSV with a line of names above it: to, and perhaps timezone and priority; every other column \
                is a variable, as in {name}. Who may be called is up to outbound.allow of the server.
                """)

        @Argument(help: ArgumentHelp("The table of numbers.", valueName: "file.csv"))
        var table: String

        @Option(help: "What people call it.")
        var name: String

        @OptionGroup var database: Calls.Database

        @Option(help: ArgumentHelp("The server's configuration, for the defaults of the limits.", valueName: "file"))
        var config: String?

        @Option(help: "Calls at once.")
        var concurrency: Int?
        @Option(help: "Calls that are begun within a minute.")
        var perMinute: Int?
        @Option(help: "Calls within any hour.")
        var perHour: Int?
        @Option(help: "Calls within any day.")
        var perDay: Int?
        @Option(help: "What it may cost, in millionths of a unit of money.")
        var spend: Int64?
        @Option(help: "Calls to a number, at most.")
        var maximumAttempts: Int?
        @Option(help: ArgumentHelp("When a voicemail answers: hang_up, leave_message or continue.", valueName: "what"))
        var onMachine: String?
        @Option(help: ArgumentHelp("What is left on a voicemail.", valueName: "text"))
        var voicemail: String?
        @Option(help: ArgumentHelp("What the model is told on these calls.", valueName: "text"))
        var instructions: String?

        func validate() throws {
            for (flag, value, range) in [
                ("--concurrency", concurrency, 1...1_000), ("--per-minute", perMinute, 1...600),
                ("--per-hour", perHour, 1...36_000), ("--per-day", perDay, 1...1_000_000),
                ("--maximum-attempts", maximumAttempts, 1...20),
            ] {
                if let value, !range.contains(value) {
                    throw ValidationError(
                        "\(flag) \(value): give a number from \(range.lowerBound) to \(range.upperBound).")
                }
            }
            if let spend, spend < 0 { throw ValidationError("--spend \(spend): give a number from 0.") }
            if let onMachine, AnsweringPlan.OnMachine(rawValue: onMachine) == nil {
                throw ValidationError("--on-machine \(onMachine): it is one of hang_up, leave_message, continue.")
            }
        }

        func run() async throws {
            let settings = try Configuration.read(config)
            guard let text = try? String(contentsOfFile: HomePath.expand(table), encoding: .utf8) else {
                throw ValidationError("\(table) can't be read, or is no UTF-8.")
            }
            let targets: [CampaignTarget]
            do throws(TargetTable.Failure) {
                targets = try TargetTable.parse(text, zones: ZoneSource())
            } catch {
                throw ValidationError("\(table), \(error)")
            }
            var limits = CampaignLimits(settings.outbound)
            if let concurrency { limits.concurrency = concurrency }
            if let perMinute { limits.perMinute = perMinute }
            limits.perHour = perHour ?? limits.perHour
            limits.perDay = perDay ?? limits.perDay
            limits.spend = spend ?? limits.spend
            if let maximumAttempts { limits.maximumAttempts = maximumAttempts }
            let campaign = StoredCampaign(
                id: CallIdentifier.make().text, name: PrintableText.of(String(name.prefix(100))),
                createdAt: WallClock.now, limits: limits,
                brief: CampaignBrief(
                    instructions: instructions, onMachine: onMachine ?? voicemail.map { _ in "leave_message" },
                    voicemail: voicemail))
            let added = try await database.make(settings).add(campaign, targets: targets)
            print("Campaign \(campaign.id): \(added) numbers, \(targets.count - added) of them twice in the table.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line per campaign, the newest first.")

        @OptionGroup var database: Calls.Database

        func run() async throws {
            let store = try database.open()
            let campaigns = try await store.campaigns()
            if campaigns.isEmpty { print("No campaigns yet.") }
            for campaign in campaigns {
                let progress = try await store.progress(ofCampaign: campaign.id)
                print(
                    "\(campaign.id)  \(campaign.state.rawValue)  \(progress.done)/\(progress.total) done  \(campaign.name)"
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How far a campaign is.")

        @Argument var id: String
        @OptionGroup var database: Calls.Database

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let store = try database.open()
            guard let campaign = try await store.campaign(id) else { throw CampaignCommand.unknown(id) }
            let progress = try await store.progress(ofCampaign: id)
            print(json ? try JSONText.of(progress) : CampaignReport.show(campaign, progress))
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Call nobody more until it is resumed.")
        @Argument var id: String
        @OptionGroup var database: Calls.Database

        func run() async throws { try await CampaignCommand.set(.paused, id, database) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Go on with a campaign that was paused.")
        @Argument var id: String
        @OptionGroup var database: Calls.Database

        func run() async throws { try await CampaignCommand.set(.running, id, database) }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Call nobody more, for good. Calls that are up go on.")
        @Argument var id: String
        @OptionGroup var database: Calls.Database

        func run() async throws { try await CampaignCommand.set(.cancelled, id, database) }
    }

    private static func set(_ state: StoredCampaign.State, _ id: String, _ database: Calls.Database) async throws {
        let store = try database.open()
        guard try await store.campaign(id) != nil else { throw unknown(id) }
        guard try await store.set(state, ofCampaign: id) else { throw ValidationError("\(id) is over already.") }
        print("\(id) is \(state.rawValue).")
    }

    private static func unknown(_ id: String) -> ValidationError {
        ValidationError("There is no campaign \(id); `trunkline campaign list` shows them.")
    }
}

/// A campaign as lines for a person.
enum CampaignReport {
    static func show(_ campaign: StoredCampaign, _ progress: CampaignProgress) -> String {
        var lines = ["\(campaign.name)  (\(campaign.id))"]
        let width = 40
        let filled = progress.total > 0 ? progress.done * width / progress.total : 0
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        lines.append("  [\(bar)] \(progress.done) of \(progress.total)")
        func fact(_ name: String, _ value: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 11 - name.count)))\(value)")
        }
        fact("state", campaign.state.rawValue + (campaign.reason.map { ": \($0)" } ?? ""))
        fact("waiting", "\(progress.waiting)")
        fact("calling", "\(progress.calling)")
        for (outcome, count) in progress.outcomes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            fact(outcome, "\(count)")
        }
        fact("calls", "\(progress.attempts)")
        let limit = campaign.limits.spend.map { " of \(money($0))" } ?? ""
        fact("spent", "\(money(progress.spent))\(limit)")
        return lines.map(PrintableText.of).joined(separator: "\n")
    }

    /// Millionths as a decimal number with at least two places.
    static func money(_ millionths: Int64) -> String {
        let (whole, part) = millionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var digits = String(part)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.count > 2, digits.hasSuffix("0") { digits.removeLast() }
        return (millionths < 0 ? "-" : "") + "\(whole).\(digits)"
    }
}

extension CampaignLimits {
    /// Of a campaign that says nothing else.
    init(_ outbound: Configuration.Outbound) {
        self.init()
        timezone = outbound.timezone
        quietFrom = outbound.quietHours?.from ?? 0
        quietUntil = outbound.quietHours?.until ?? 0
        costPerMinute = Int64(outbound.costPerMinute)
    }
}
