import Foundation
import Synchronization

/// A program that runs beside the test, with its output kept and its end certain.
///
/// The output goes to a file and not to a pipe: a pipe's end would be inherited by whatever is started next.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// `Process` is used by one thread at a time here, which the mutex sees to.
    private struct Held: @unchecked Sendable {
        let process: Process
        let input: FileHandle
    }

    let name: String
    let processIdentifier: Int32
    private let log: URL
    private let held: Mutex<Held>
    private let status: Status

    private final class Status: Sendable {
        let value = Mutex<Int32?>(nil)
    }

    private static let launcher =
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); os.execv(sys.argv[1], sys.argv[1:])"

    init(
        _ executable: String, _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:]
    ) throws {
        name = URL(filePath: executable).lastPathComponent
        let process = Process()
        // A test's thread may have signals blocked, and a child would inherit that: they are unblocked first.
        process.executableURL = try Self.find("python3")
        process.arguments = ["-c", Self.launcher, try Self.find(executable).path] + arguments
        process.currentDirectoryURL = directory
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = Workspace.root.appending(path: ".build-artifacts/interop/logs")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        log = folder.appending(path: "\(name)-\(UUID().uuidString.prefix(8)).log")
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw Failure(description: "\(log.path) can't be made")
        }
        let output = try FileHandle(forWritingTo: log)
        let input = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = input
        let status = Status()
        process.terminationHandler = { ended in status.value.withLock { $0 = ended.terminationStatus } }
        try process.run()
        try output.close()
        self.status = status
        processIdentifier = process.processIdentifier
        held = Mutex(Held(process: process, input: input.fileHandleForWriting))
    }

    deinit {
        held.withLock { held in
            if held.process.isRunning { kill(held.process.processIdentifier, SIGKILL) }
        }
        try? FileManager.default.removeItem(at: log)
    }

    private static func find(_ executable: String) throws -> URL {
        if executable.contains("/") { return URL(filePath: executable) }
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(executable)"
            if FileManager.default.isExecutableFile(atPath: path) { return URL(filePath: path) }
        }
        throw Failure(description: "\(executable) is not installed: scripts/install.sh --tests installs it")
    }

    // MARK: What the tests ask

    /// All that it has printed so far.
    var output: String {
        String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
    }

    private var lines: [String] { output.split(whereSeparator: \.isNewline).map(String.init) }

    /// Waits for a line that contains `text`, from the start of the output on.
    func line(containing text: String, within limit: Duration = .seconds(90)) async throws -> String {
        try await line(number: 1, containing: text, within: limit)
    }

    /// Waits for the line that contains `text` after `number - 1` others that do.
    func line(number: Int, containing text: String, within limit: Duration = .seconds(60)) async throws -> String {
        try await wait(within: limit, for: "line \(number) with '\(text)'") {
            self.lines.filter { $0.contains(text) }.dropFirst(number - 1).first
        }
    }

    /// Waits until it has ended, and gives its exit status.
    @discardableResult
    func end(within limit: Duration = .seconds(90)) async throws -> Int32 {
        try await wait(within: limit, for: "its end", isEnd: true) { self.status.value.withLock { $0 } }
    }

    func send(_ text: String) {
        held.withLock { try? $0.input.write(contentsOf: Data(text.utf8)) }
    }

    func signal(_ number: Int32) {
        kill(processIdentifier, number)
    }

    /// Looks again and again; the limit is a guard against hanging, not a measurement.
    private func wait<Value>(
        within limit: Duration, for what: String, isEnd: Bool = false, _ find: () -> Value?
    ) async throws -> Value {
        let start = ContinuousClock.now
        while start.duration(to: .now) < limit {
            // Whether it has ended is asked first, so that its last words count.
            let ended = status.value.withLock { $0 }
            if let found = find() { return found }
            if let ended, !isEnd {
                throw Failure(description: "\(name) ended with \(ended) before \(what):\n\(tail)")
            }
            try await Task.sleep(for: .milliseconds(30))
        }
        throw Failure(description: "\(name): no sign of \(what) for \(limit):\n\(tail)")
    }

    private var tail: String {
        // baresip's meter is no news.
        lines.filter { !$0.contains("(bit/s)") }.suffix(20).joined(separator: "\n")
    }
}
