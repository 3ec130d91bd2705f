import Foundation
import Synchronization

/// A program in Python, with a library of WebSockets that others wrote.
final class PythonPeer: Sendable {
    private let process: Process
    let lines: AsyncStream<String>

    init(_ program: String, _ arguments: [String]) throws {
        process = Process()
        // Debian's own, for which python3-websockets is installed.
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-u", "-c", program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        // What a peer says of connections that the tests break would look like a failure.
        process.standardError = FileHandle.nullDevice
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        let rest = Mutex("")
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                continuation.finish()
                return
            }
            let complete = rest.withLock { text in
                text += String(decoding: data, as: UTF8.self)
                let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
                text = String(parts.last ?? "")
                return parts.dropLast().map(String.init)
            }
            for line in complete { continuation.yield(line) }
        }
        try process.run()
    }

    func line() async throws -> String {
        for await line in lines { return line }
        throw Unexpected("the peer ended")
    }

    func rest() async -> [String] {
        var all: [String] = []
        for await line in lines { all.append(line) }
        return all
    }

    func stop() {
        // A child inherits the signals that the test's thread blocks, and lives on after SIGTERM.
        kill(process.processIdentifier, SIGKILL)
    }
}
