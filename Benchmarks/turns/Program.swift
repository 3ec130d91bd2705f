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

    /// Waits until the UDP port is taken.
    func untilListening(port: Int) async throws {
        for _ in 0..<600 {
            if waitpid(pid, nil, WNOHANG) == pid { throw Failure(description: "the program has ended; see \(log)") }
            let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound != 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(description: "nobody listens on port \(port); see \(log)")
    }

    func stop() {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }
}
