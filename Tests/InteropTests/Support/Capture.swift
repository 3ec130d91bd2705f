import Foundation
import TelephonyTesting
import Testing

/// What goes over the loopback interface while a test runs, for the trace auditor.
struct Capture {
    private let program: Program
    private let file: String

    /// - Parameter filter: a pcap filter, e.g. `port 5060`.
    init(in workspace: Workspace, filter: String) async throws {
        file = workspace.path("trace.pcap")
        program = try Program("tshark", ["-i", "lo", "-F", "pcap", "-w", file, "-f", filter, "-l"])
        _ = try await program.line(containing: "Capturing on")
        _ = try await program.line(containing: "Capture started")
    }

    /// Ends the capture and has the auditor read it.
    func audit(
        proxies: Set<UInt16> = [], waivers: [Waiver] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        program.signal(SIGINT)
        try await program.end()
        try Self.audit(file, proxies: proxies, waivers: waivers, sourceLocation: sourceLocation)
    }

    /// Has the auditor read a file.
    ///
    /// - Parameters:
    ///   - decrypted: ports at which TLS was spoken, when the file shows what was inside.
    ///   - proxies: ports of proxies, which pass on what others say.
    ///   - observers: ports of the program that wrote the file, when that took part in the calls itself.
    static func audit(
        _ file: String, decrypted: Set<UInt16> = [], proxies: Set<UInt16> = [], observers: Set<UInt16> = [],
        waivers: [Waiver] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let octets = [UInt8](try Data(contentsOf: URL(filePath: file)))
        try audit(
            octets, decrypted: decrypted, proxies: proxies, observers: observers, waivers: waivers,
            sourceLocation: sourceLocation)
    }

    static func audit(
        _ octets: [UInt8], decrypted: Set<UInt16>, proxies: Set<UInt16>, observers: Set<UInt16> = [],
        waivers: [Waiver], sourceLocation: SourceLocation
    ) throws {
        let trace = try PcapReader.read(octets, decrypted: decrypted).trace
        // What others write is theirs: our own grammar is judged where both ends are ours.
        let report = TraceAuditor(
            waivers: waivers, rules: Set(AuditRule.all).subtracting([.grammar]),
            proxies: Set(proxies.map { "127.0.0.1:\($0)" }), observers: Set(observers.map { "127.0.0.1:\($0)" })
        ).audit(trace)
        #expect(report.isClean, "\(report)\n\(report.isClean ? "" : "\(trace)")", sourceLocation: sourceLocation)
    }
}
