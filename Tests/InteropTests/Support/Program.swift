import Foundation
import Synchronization

/// A program that runs beside the test, with its output kept and its end certain.
///
/// The output goes to a file and not to a pipe: a pipe's end would be inherited by whatever is started next.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let name: String
    let processIdentifier: pid_t
    private let log: URL
    private let input: FileHandle
    /// The exit status, once the process has been waited for.
    private let status = Mutex<Int32?>(nil)

    init(
        _ executable: String, _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:]
    ) throws {
        name = URL(filePath: executable).lastPathComponent
        let folder = Workspace.root.appending(path: ".build-artifacts/interop/logs")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        log = folder.appending(path: "\(name)-\(UUID().uuidString.prefix(8)).log")
        let pipe = Pipe()
        input = pipe.fileHandleForWriting
        // `env` goes to the folder and then becomes the program.
        let place = directory.map { ["/usr/bin/env", "-C", $0.path] } ?? []
        processIdentifier = try Self.spawn(
            place + [Self.find(executable).path] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            input: pipe.fileHandleForReading.fileDescriptor, output: log.path)
        try pipe.fileHandleForReading.close()
    }

    deinit {
        // With all that it has started itself.
        if ended() == nil {
            kill(-processIdentifier, SIGKILL)
            waitpid(processIdentifier, nil, 0)
        }
        try? FileManager.default.removeItem(at: log)
    }

    /// Foundation's `Process` tells the end of a program by a descriptor that it passes on. Daemons close such, and then
    /// it waits for them, and tells of no other program's end meanwhile: so this is done by hand.
    private static func spawn(
        _ arguments: [String], environment: [String: String], input: Int32, output: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A test's thread may have signals blocked, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let words = (arguments.map { strdup($0) } as [UnsafeMutablePointer<CChar>?]) + [nil]
        let variables =
            (environment.map { strdup("\($0)=\($1)") } as [UnsafeMutablePointer<CChar>?]) + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, arguments[0], &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw Failure(description: "\(arguments[0]) can't be started: \(String(cString: strerror(failure)))")
        }
        return process
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

    /// Waits for a line of which something is true.
    func line(_ what: String, where isIt: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await wait(within: .seconds(60), for: what) { self.lines.first(where: isIt) }
    }

    /// Waits until it has ended, and gives its exit status.
    @discardableResult
    func end(within limit: Duration = .seconds(90)) async throws -> Int32 {
        try await wait(within: limit, for: "its end", isEnd: true) { self.ended() }
    }

    func send(_ text: String) {
        try? input.write(contentsOf: Data(text.utf8))
    }

    func signal(_ number: Int32) {
        if ended() == nil { kill(processIdentifier, number) }
    }

    var isRunning: Bool { ended() == nil }

    /// Its exit status, 128 and the signal's number when a signal ended it; `nil` while it runs.
    private func ended() -> Int32? {
        status.withLock { status in
            if status == nil {
                var word: Int32 = 0
                if waitpid(processIdentifier, &word, WNOHANG) == processIdentifier {
                    let signal = word & 0x7f
                    status = signal == 0 ? (word >> 8) & 0xff : 128 + signal
                }
            }
            return status
        }
    }

    /// Looks again and again; the limit is a guard against hanging, not a measurement.
    private func wait<Value>(
        within limit: Duration, for what: String, isEnd: Bool = false, _ find: () -> Value?
    ) async throws -> Value {
        let start = ContinuousClock.now
        while start.duration(to: .now) < limit {
            // Whether it has ended is asked first, so that its last words count.
            let ended = ended()
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
