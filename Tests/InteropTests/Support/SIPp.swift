import Foundation
import Testing

/// SIPp, a traffic generator that others wrote, with one of its own scenarios or one of `Fixtures/sipp`.
struct SIPp {
    let program: Program
    let port: UInt16
    private let errors: String

    /// - Parameters:
    ///   - scenario: the name of one in `Fixtures/sipp`, or of a built-in one, or the path of a file.
    ///   - isBuiltIn: whether SIPp brings it itself.
    ///   - remote: the port that it calls; `nil` waits for calls.
    ///   - transport: in SIPp's words: `u1` or `t1`.
    ///   - further: options of SIPp.
    init(
        in workspace: Workspace, _ scenario: String, isBuiltIn: Bool = false, calls: Int = 3, to remote: UInt16? = nil,
        user: String = "echo", transport: String = "u1", _ further: [String] = []
    ) async throws {
        port = try Workspace.freePort()
        errors = workspace.path("errors-\(port).log")
        let file =
            scenario.hasPrefix("/") ? scenario : Workspace.root.appending(path: "Fixtures/sipp/\(scenario).xml").path
        // Sound that nobody listens to needs ports of its own for each SIPp.
        let media = try Workspace.freePort()
        program = try Program(
            "sipp",
            (remote.map { ["127.0.0.1:\($0)", "-s", user] } ?? [])
                + (isBuiltIn ? ["-sn", scenario] : ["-sf", file])
                + [
                    "-m", "\(calls)", "-r", "5", "-i", "127.0.0.1", "-p", "\(port)", "-mp", "\(media)", "-t", transport,
                    "-nostdin", "-trace_err", "-error_file", errors,
                ] + further, directory: workspace.folder)
        try await Workspace.waitUntilTaken(port, by: program)
    }

    func uri(_ user: String = "phone") -> String { "sip:\(user)@127.0.0.1:\(port)" }

    /// Waits for its end, and wants all calls to have gone as the scenario says.
    func succeeds(within limit: Duration = .seconds(90), sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        let status = try await program.end(within: limit)
        let errors = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        #expect(
            status == 0, "\(errors.prefix(3_000))\n\(program.output.suffix(1_500))", sourceLocation: sourceLocation)
    }
}
