import Foundation
import Synchronization

/// A program that runs beside the test, with its output kept and its end certain.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var output = ""
        var partial: [UInt8] = []
        var lines: [String] = []
        var status: Int32?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    let name: String
    let processIdentifier: Int32
    private let state = Mutex(State())
    private let process: Mutex<UncheckedProcess>

    /// `Process` is used by one thread at a time here, which the mutex sees to.
    private struct UncheckedProcess: @unchecked Sendable {
        let process: Process
        let input: FileHandle
    }

    init(
        _ executable: String, _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:]
    ) throws {
        name = URL(filePath: executable).lastPathComponent
        let process = Process()
        let path = try Self.find(executable)
        process.executableURL = path
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, input) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = output
        process.standardInput = input
        let box = Box()
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
            } else {
                box.take(data)
            }
        }
        process.terminationHandler = { box.ended($0.terminationStatus) }
        try process.run()
        processIdentifier = process.processIdentifier
        self.process = Mutex(UncheckedProcess(process: process, input: input.fileHandleForWriting))
        box.owner.withLock { $0 = self }
        box.replay()
    }

    deinit {
        process.withLock { held in
            if held.process.isRunning { kill(held.process.processIdentifier, SIGKILL) }
        }
    }

    private static func find(_ executable: String) throws -> URL {
        if executable.contains("/") { return URL(filePath: executable) }
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(executable)"
            if FileManager.default.isExecutableFile(atPath: path) { return URL(filePath: path) }
        }
        throw Failure(description: "\(executable) is not installed: scripts/install.sh --tests installs it")
    }

    /// Buffers what comes before `init` has finished.
    private final class Box: Sendable {
        let owner = Mutex<Program?>(nil)
        private let early = Mutex<(Data, Int32?)>((Data(), nil))

        func take(_ data: Data) {
            if let program = owner.withLock({ $0 }) { program.take(data) } else { early.withLock { $0.0.append(data) } }
        }

        func ended(_ status: Int32) {
            if let program = owner.withLock({ $0 }) { program.ended(status) } else { early.withLock { $0.1 = status } }
            owner.withLock { $0 = nil }
        }

        func replay() {
            let (data, status) = early.withLock { $0 }
            guard let program = owner.withLock({ $0 }) else { return }
            if !data.isEmpty { program.take(data) }
            if let status {
                program.ended(status)
                owner.withLock { $0 = nil }
            }
        }
    }

    private func take(_ data: Data) {
        let waiters = state.withLock { state in
            state.output += String(decoding: data, as: UTF8.self)
            state.partial += data
            while let end = state.partial.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
                state.lines.append(String(decoding: state.partial[..<end], as: UTF8.self))
                state.partial.removeSubrange(...end)
            }
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    private func ended(_ status: Int32) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: What the tests ask

    /// All that it has printed so far.
    var output: String { state.withLock { $0.output } }

    /// Waits for a line that contains `text`, from the start of the output on.
    func line(containing text: String, within limit: Duration = .seconds(90)) async throws -> String {
        try await wait(within: limit, for: "a line with '\(text)'") { state in
            let partial = String(decoding: state.partial, as: UTF8.self)
            return state.lines.first { $0.contains(text) } ?? (partial.contains(text) ? partial : nil)
        }
    }

    /// Waits for the line that contains `text` after `number - 1` others that do.
    func line(number: Int, containing text: String, within limit: Duration = .seconds(30)) async throws -> String {
        try await wait(within: limit, for: "line \(number) with '\(text)'") { state in
            state.lines.filter { $0.contains(text) }.dropFirst(number - 1).first
        }
    }

    /// Waits until it has ended, and gives its exit status.
    @discardableResult
    func end(within limit: Duration = .seconds(90)) async throws -> Int32 {
        try await wait(within: limit, for: "its end", isEnd: true) { $0.status }
    }

    func send(_ text: String) {
        process.withLock { try? $0.input.write(contentsOf: Data(text.utf8)) }
    }

    func signal(_ number: Int32) {
        kill(processIdentifier, number)
    }

    private func wait<Value: Sendable>(
        within limit: Duration, for what: String, isEnd: Bool = false, _ find: @Sendable @escaping (State) -> Value?
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask {
                while true {
                    let (found, ended) = self.state.withLock { (find($0), $0.status) }
                    if let found { return found }
                    if let ended, !isEnd {
                        throw Failure(description: "\(self.name) ended with \(ended) before \(what):\n\(self.tail)")
                    }
                    try Task.checkCancellation()
                    await self.change { find($0) != nil || ($0.status != nil) }
                }
            }
            group.addTask {
                // A guard against hanging, not a measurement.
                try await Task.sleep(for: limit)
                throw Failure(description: "\(self.name): no sign of \(what) for \(limit):\n\(self.tail)")
            }
            defer {
                group.cancelAll()
                self.wakeAll()
            }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func change(unless ready: @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if ready(state) { return true }
                state.waiters[state.nextWaiter] = continuation
                state.nextWaiter += 1
                return false
            }
            if now { continuation.resume() }
        }
    }

    private func wakeAll() {
        let waiters = state.withLock { state in
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    private var tail: String {
        output.split(separator: "\n").suffix(30).joined(separator: "\n")
    }
}
