import FoundationEssentials
import Glibc

/// Another program that runs beside this one.
struct Program {
    private let pid: pid_t
    private let log: String

    /// - Parameter output: the file that its output goes to.
    init(_ path: String, _ arguments: [String], output: String) throws {
        log = output
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, path, &actions, nil, &words, environ) == 0 else {
            throw Failure(description: "\(path) can't be started")
        }
        self.pid = pid
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// Waits until it has said that it listens on `port`.
    func untilListening(port: Int) async throws {
        for _ in 0..<600 {
            if waitpid(pid, nil, WNOHANG) == pid { throw Failure(description: "the program has ended; see \(log)") }
            if let said = try? String(contentsOfFile: log, encoding: .utf8), said.contains(":\(port)") { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(description: "nobody listens on port \(port); see \(log)")
    }

    func stop() {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }
}
