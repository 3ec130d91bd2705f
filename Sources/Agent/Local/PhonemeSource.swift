internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How words sound, in IPA, from the `espeak-ng` program: a child process per clause, a few milliseconds each.
///
/// The program is never linked: it is under the GPL.
final class PhonemeSource: Sendable {
    private let program: String
    private let voice: String
    /// What was asked before; agents repeat themselves.
    private let known = Mutex<[String: String]>([:])

    /// - Throws: ``ProviderError/unavailable(_:)`` when there is no `espeak-ng`.
    init(program: String = "/usr/bin/espeak-ng", voice: String = "en-us") throws(ProviderError) {
        guard unsafe access(program, X_OK) == 0 else {
            throw .unavailable("\(program) is not installed: run 'apt-get install espeak-ng', or scripts/install.sh.")
        }
        self.program = program
        self.voice = voice
    }

    /// Blocks this thread for the time that the program takes.
    ///
    /// - Parameter clause: words without punctuation in between.
    func phonemes(of clause: String) throws(ProviderError) -> String {
        if let known = known.withLock({ $0[clause] }) { return known }
        let text = String(clause.prefix(1_000).map { $0.isNewline || $0 == "\0" ? " " : $0 })
        let output = try run([program, "-q", "--ipa", "-v", voice, "--", text])
        let phonemes = output.split(whereSeparator: \.isNewline)
            .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " ")
        known.withLock { known in
            if known.count >= 2_000 { known.removeAll() }
            known[clause] = phonemes
        }
        return phonemes
    }

    /// What the program prints.
    private func run(_ arguments: [String]) throws(ProviderError) -> String {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw .failed("No pipe to espeak-ng could be made: \(Self.reason(errno)).")
        }
        let (reading, writing) = (ends[0], ends[1])
        // No other child may hold them: the output would then not end with this one.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(reading) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, writing, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        let failure = unsafe withArguments(arguments) {
            unsafe posix_spawn(&child, program, &actions, nil, $0, environ)
        }
        close(writing)
        guard failure == 0 else { throw .failed("espeak-ng could not be started: \(Self.reason(failure)).") }
        defer {
            var status: Int32 = 0
            while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        }
        return try readAll(reading, child: child)
    }

    private func readAll(_ descriptor: Int32, child: pid_t) throws(ProviderError) -> String {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while output.count < 65_536 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&waiting, 1, 5_000)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                kill(child, SIGKILL)
                throw .failed("espeak-ng gave no answer within 5 seconds.")
            }
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            output += chunk.prefix(count)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func reason(_ number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}

/// Lends `arguments` as an `argv`.
@unsafe private func withArguments(
    _ arguments: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return EINVAL }
        return unsafe body(base)
    }
}
