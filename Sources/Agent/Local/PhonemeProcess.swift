#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A running `espeak-ng`: takes a line of text, answers with one line of IPA for each clause that it sees in it.
///
/// One question at a time. The program ends with its owner, also when the owner crashes: its input ends then.
final class PhonemeProcess {
    let identifier: Int32
    private let socket: Int32
    private var received: [UInt8] = []
    /// Sent behind each question; its sounds end the answer. Two in turn, so that an answer that was cut off by a text
    /// that sounds like the mark can't be taken for the next one.
    private static let marks = ["zebra quizzical xylophone", "xylophone zebra quizzical"]
    private var soundsOfMarks: [String] = []
    private var turn = 0

    private static let patience = Duration.seconds(5)
    private static let longestAnswer = 65_536

    /// - Throws: when it can't be started or doesn't answer.
    init(program: String, voice: String) throws(ProviderError) {
        (identifier, socket) = try Self.start([program, "-q", "--ipa", "-v", voice])
        let deadline = ContinuousClock.now + Self.patience
        for mark in Self.marks {
            guard send(mark + "\n"), let sounds = readLine(before: deadline), !sounds.isEmpty else {
                throw .failed("\(program) was started but says nothing; try '\(program) -q --ipa -v \(voice) hello'.")
            }
            soundsOfMarks.append(sounds)
        }
    }

    deinit {
        close(socket)
        kill(identifier, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    }

    /// The sounds of `line`; `nil` when the program died or took too long, after which it is of no more use.
    func answer(to line: String) -> String? {
        turn = (turn + 1) % Self.marks.count
        guard send("\(line)\n\(Self.marks[turn])\n") else { return nil }
        let deadline = ContinuousClock.now + Self.patience
        var lines: [String] = []
        while let sounds = readLine(before: deadline) {
            if sounds == soundsOfMarks[turn] { return lines.filter { !$0.isEmpty }.joined(separator: " ") }
            guard lines.count < 1_000 else { return nil }
            lines.append(sounds)
        }
        return nil
    }

    // MARK: The socket

    private func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            #if canImport(Darwin)
                let flags: Int32 = 0
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            let count = unsafe rest.withUnsafeBytes { unsafe Self.write(socket, $0.baseAddress, $0.count, flags) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @unsafe private static func write(
        _ socket: Int32, _ octets: UnsafeRawPointer?, _ count: Int, _ flags: Int32
    ) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.send(socket, octets, count, flags)
        #elseif canImport(Musl)
            unsafe Musl.send(socket, octets, count, flags)
        #elseif canImport(Darwin)
            unsafe Darwin.send(socket, octets, count, flags)
        #endif
    }

    /// The next line, blanks at its ends and doubled ones removed; `nil` at the end or after `deadline`.
    private func readLine(before deadline: ContinuousClock.Instant) -> String? {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                return line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            let left = (deadline - ContinuousClock.now).components
            let milliseconds = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0, received.count < Self.longestAnswer else { return nil }
            var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&waiting, 1, Int32(clamping: milliseconds))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe read(socket, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            received += chunk.prefix(count)
        }
    }

    // MARK: Starting

    /// Starts a program with one end of a socket as its input and output.
    private static func start(_ arguments: [String]) throws(ProviderError) -> (identifier: Int32, socket: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            // At once, so that no other child can get hold of them.
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        #endif
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .failed("No socket to espeak-ng could be made: \(reason(errno)).")
        }
        let (ours, theirs) = (ends[0], ends[1])
        #if canImport(Darwin)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            var one: Int32 = 1
            unsafe setsockopt(ours, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, theirs, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, theirs, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // It lives long: the sockets of calls are not to live on in it. Those that are not open do no harm.
        for descriptor in Int32(3)..<1_024 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C ends it only after the last words of the calls were spoken.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        var child: pid_t = 0
        let failure = unsafe withArguments(arguments) { path, list in
            unsafe posix_spawn(&child, path, &actions, &attributes, list, environ)
        }
        close(theirs)
        guard failure == 0 else {
            close(ours)
            throw .failed("espeak-ng could not be started: \(reason(failure)).")
        }
        return (child, ours)
    }

    private static func reason(_ number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}

/// Lends `arguments` as a path and an `argv`.
@unsafe private func withArguments(
    _ arguments: [String],
    _ body: (UnsafePointer<CChar>, UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let list = buffer.baseAddress, let path = unsafe list.pointee else { return EINVAL }
        return unsafe body(path, list)
    }
}
