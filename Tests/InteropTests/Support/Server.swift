import Foundation
import TelephonyTesting
import Testing

/// `trunkline serve`, the program as users run it.
struct Server {
    let program: Program
    let workspace: Workspace
    /// By transport.
    let ports: [String: UInt16]
    private let trace: String

    /// - Parameters:
    ///   - agent: as for `--agent`.
    ///   - transports: what to listen on; each on a port of its own.
    ///   - settings: further lines of the configuration file.
    ///   - environment: variables besides those of the tests.
    ///   - isTraced: whether what it sends and receives is kept for ``audit(decrypted:proxies:waivers:sourceLocation:)``.
    init(
        in workspace: Workspace, agent: String, transports: [String] = ["udp"], settings: String = "", drain: Int = 5,
        isTraced: Bool = true, environment: [String: String] = [:]
    ) async throws {
        self.workspace = workspace
        var ports: [String: UInt16] = [:]
        for transport in transports { ports[transport] = try Workspace.freePort() }
        self.ports = ports
        let listen = transports.map { "\"\($0):127.0.0.1:\(ports[$0] ?? 0)\"" }.joined(separator: ", ")
        try workspace.write(
            """
            listen: [\(listen)]
            agent: "\(agent)"
            calls:
              database: \(workspace.path("calls.db"))
              recordings: \(workspace.path("recordings"))
            \(settings)

            """, to: "trunkline.yaml")
        trace = workspace.path("server-trace.pcap")
        program = try Program(
            Workspace.product("trunkline"),
            [
                "serve", "--config", workspace.path("trunkline.yaml"), "--drain", "\(drain)",
            ] + (isTraced ? ["--sip-trace", trace] : []),
            directory: Workspace.root, environment: environment)
        _ = try await program.line(containing: "Ready.")
    }

    func uri(_ transport: String = "udp", user: String = "agent") -> String {
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        return "sip:\(user)@127.0.0.1:\(ports[transport] ?? 0)\(parameter)"
    }

    /// The figures that the process prints about itself on SIGUSR1.
    func counters() async throws -> [String: Int] { try await report().compactMapValues { $0 as? Int } }

    /// The same with what is no figure.
    func report() async throws -> [String: Any] {
        let marker = "counters "
        let before = program.output.components(separatedBy: marker).count
        program.signal(SIGUSR1)
        let line = try await program.line(number: before, containing: marker)
        guard let start = line.range(of: marker)?.upperBound,
            let object = try JSONSerialization.jsonObject(with: Data(line[start...].utf8)) as? [String: Any]
        else { throw Program.Failure(description: "The counters can't be read: \(line)") }
        return object
    }

    /// The memory of the process that is in use, in kB.
    func residentKilobytes() throws -> Int { try kilobytes("VmRSS") }

    /// The most that was ever in use, in kB.
    func peakKilobytes() throws -> Int { try kilobytes("VmHWM") }

    private func kilobytes(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(program.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        guard let size = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) }) else {
            throw Program.Failure(description: "/proc says nothing of the memory in use")
        }
        return size
    }

    /// Open file descriptors of the process.
    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processIdentifier)/fd").count
    }

    /// What its descriptors are, for a person.
    func openFiles() throws -> [String] {
        let folder = "/proc/\(program.processIdentifier)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) ?? name
        }.sorted()
    }

    /// The stored calls, oldest first, as `trunkline calls show ID --json` gives them. Waits until the end of each is
    /// stored: the transcript is printed at once, the database written some of it at a time.
    func calls() async throws -> [[String: Any]] {
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(20) {
            let states = try await Self.list(in: workspace).map { $0["state"] as? String }
            if !states.contains("ringing"), !states.contains("up") { return try await Self.stored(in: workspace) }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Program.Failure(description: "a call that is over is not so in the database")
    }

    /// The stored calls of a server that ran in `workspace`.
    static func stored(in workspace: Workspace) async throws -> [[String: Any]] {
        var calls: [[String: Any]] = []
        for row in try await list(in: workspace).reversed() {
            guard let id = row["id"] as? String else { continue }
            let call = try await json(["calls", "show", id, "--json", "--database", workspace.path("calls.db")])
            if let call = call as? [String: Any] { calls.append(call) }
        }
        return calls
    }

    private static func list(in workspace: Workspace) async throws -> [[String: Any]] {
        try await json(["calls", "list", "--json", "--database", workspace.path("calls.db")]) as? [[String: Any]] ?? []
    }

    private static func json(_ arguments: [String]) async throws -> Any {
        let program = try Program(Workspace.product("trunkline"), arguments)
        let status = try await program.end()
        guard status == 0 else {
            throw Program.Failure(description: "trunkline \(arguments.joined(separator: " ")): \(program.output)")
        }
        return try JSONSerialization.jsonObject(with: Data(program.output.utf8))
    }

    /// Has the auditor read what the program itself says that it has sent and received: over TLS nobody else can.
    ///
    /// - Parameters:
    ///   - decrypted: others' ports to which it speaks TLS.
    ///   - proxies: ports of proxies, which pass on what others say.
    func audit(
        decrypted: Set<UInt16> = [], proxies: Set<UInt16> = [], waivers: [Waiver] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try Capture.audit(
            trace, decrypted: decrypted.union(ports["tls"].map { [$0] } ?? []), proxies: proxies,
            observers: Set(ports.values), waivers: waivers, sourceLocation: sourceLocation)
    }

    /// Stops it as a service manager would.
    ///
    /// - Returns: its exit status.
    @discardableResult
    func stop() async throws -> Int32 {
        program.signal(SIGTERM)
        return try await program.end(within: .seconds(40))
    }
}
