internal import ArgumentParser
internal import Doctor
internal import Telnyx

/// `trunkline telnyx status`: what is there, and what is wrong with it.
struct TelnyxStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show applications, SIP connections, profiles and numbers, and what is wrong.",
        discussion: "Changes nothing. Exit code 1 when something stands in the way of calls.")

    @OptionGroup var access: TelnyxAccess

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        guard let client = access.client() else {
            throw ValidationError(
                "There is no API key: put one into the variable \(access.keyEnv) (portal, Keys & Credentials, API Keys), "
                    + "or name another variable with --key-env.")
        }
        let account: TelnyxAccount
        do throws(AccountUnread) {
            account = try await client.account()
        } catch {
            throw access.failure(error)
        }
        let report = DoctorReport(AccountReview(account).findings.map { CheckResult($0) })
        if json {
            FileHandleOutput.standardOutput.write(try JSONText.of(report) + "\n")
        } else {
            for result in report.results { FileHandleOutput.standardOutput.write(result.text) }
            FileHandleOutput.standardOutput.write("\n\(report.summary)\n")
        }
        if !report.isHealthy { throw ExitCode(1) }
    }
}
