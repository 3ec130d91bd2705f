import Foundation

/// A TLS client written by others.
enum TLSProbe {
    /// Whether `openssl s_client` agrees on TLS with what listens on `port`.
    static func connects(to port: UInt16, _ options: String...) throws -> Bool {
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/env")
        probe.arguments = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + options
        probe.standardInput = FileHandle.nullDevice
        probe.standardOutput = FileHandle.nullDevice
        probe.standardError = FileHandle.nullDevice
        try probe.run()
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }
}
