internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A program that runs beside us: its input and output are a socket of ours.
///
/// Its input ends with us, also when we crash; it is in a process group of its own and ended with that.
package final class ChildProcess: Sendable {
    /// What becomes of its standard error.
    package enum Remarks: Sendable {
        case kept, discarded
    }

    /// Why it can't be started.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let socket: Int32
    /// Where its standard error is read; -1 when that is discarded.
    package let remarks: Int32
    package let identifier: Int32
    private let isOver = Mutex(false)

    /// - Parameters:
    ///   - command: the program and its arguments; without a slash it is looked for in `PATH`.
    ///   - environment: its variables, and no others.
    ///   - remarks: whether its standard error can be read.
    /// - Throws: ``Failure`` when it can't be started.
    package init(
        _ command: [String], environment: [String: String], remarks kept: Remarks = .kept
    ) throws(Failure) {
        guard let program = command.first, !program.isEmpty else {
            throw Failure(description: "There is no command to start.")
        }
        var ends: [Int32] = [-1, -1]
        var pipes: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            // At once, so that no other child can get hold of them.
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        #endif
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Failure(description: "No socket to \(program) could be made: \(Self.reason(errno)).")
        }
        if kept == .kept, unsafe pipe(&pipes) != 0 {
            let reason = Self.reason(errno)
            for end in ends { close(end) }
            throw Failure(description: "No pipe to \(program) could be made: \(reason).")
        }
        for end in ends + pipes where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if canImport(Darwin)
            var one: Int32 = 1
            unsafe setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
        #endif
        var child: pid_t = 0
        let failure = Self.spawn(command, environment, input: ends[1], remarks: pipes[1], &child)
        close(ends[1])
        if pipes[1] >= 0 { close(pipes[1]) }
        guard failure == 0 else {
            close(ends[0])
            if pipes[0] >= 0 { close(pipes[0]) }
            throw Failure(description: "\(program) can't be started: \(Self.reason(failure)).")
        }
        (socket, remarks, identifier) = (ends[0], pipes[0], child)
    }

    deinit {
        end(within: .zero)
        close(socket)
        if remarks >= 0 { close(remarks) }
    }

    /// - Returns: whether all of it was taken.
    @discardableResult
    package func write(_ octets: [UInt8]) -> Bool {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var rest = octets[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, flags) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Tells the program that nothing more comes, upon which it ought to end.
    package func closeInput() {
        shutdown(socket, Int32(SHUT_WR))
    }

    /// Ends it, first kindly, and waits for its end.
    package func end(within patience: Duration) {
        isOver.withLock { isOver in
            guard !isOver else { return }
            isOver = true
            let deadline = ContinuousClock.now + patience
            var status: Int32 = 0
            kill(-identifier, SIGTERM)
            while ContinuousClock.now < deadline {
                if unsafe waitpid(identifier, &status, WNOHANG) == identifier {
                    kill(-identifier, SIGKILL)
                    shutdown(socket, Int32(SHUT_RDWR))
                    return
                }
                usleep(5_000)
            }
            kill(-identifier, SIGKILL)
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    // MARK: Starting

    private static func spawn(
        _ command: [String], _ environment: [String: String], input: Int32, remarks: Int32, _ child: inout pid_t
    ) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 1)
        if remarks >= 0 {
            unsafe posix_spawn_file_actions_adddup2(&actions, remarks, 2)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        // It lives long: the sockets of calls are not to live on in it. Those that are not open do no harm.
        for descriptor in Int32(3)..<1_024 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // What we ignore or hold back, it shall hear.
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return unsafe withWords(command) { words in
            unsafe withWords(variables) { variables in
                guard let path = unsafe words.pointee else { return EINVAL }
                return unsafe posix_spawnp(&child, path, &actions, &attributes, words, variables)
            }
        }
    }

    private static func reason(_ number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}

/// Lends `words` as C does: pointers to each, and none behind the last.
@unsafe private func withWords(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers = unsafe words.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let list = buffer.baseAddress else { return EINVAL }
        return unsafe body(list)
    }
}
