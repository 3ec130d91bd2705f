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
    func audit(waivers: [Waiver] = [], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        program.signal(SIGINT)
        try await program.end()
        let octets = [UInt8](try Data(contentsOf: URL(filePath: file)))
        let report = try TraceAuditor.auditCapture(octets: octets, waivers: waivers)
        #expect(report.isClean, "\(report)", sourceLocation: sourceLocation)
    }
}
