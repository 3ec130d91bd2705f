internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How words sound, in IPA, from one `espeak-ng` program that runs beside this one and is started again when it dies.
///
/// The program is never linked: it is under the GPL.
final class PhonemeSource: Sendable {
    private let program: String
    private let voice: String
    private let process = Mutex<PhonemeProcess?>(nil)
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

    /// The running program; `nil` before the first question.
    var processIdentifier: Int32? { process.withLock { $0?.identifier } }

    /// Blocks this thread for the time that the program takes: about a millisecond, 20 when it has to be started.
    ///
    /// - Parameter clause: words, without punctuation in between.
    func phonemes(of clause: String) throws(ProviderError) -> String {
        if let known = known.withLock({ $0[clause] }) { return known }
        let line = Self.line(clause)
        let phonemes = try process.withLock { process throws(ProviderError) -> String in
            if let running = process {
                if let answer = running.answer(to: line) { return answer }
                // It died, or hangs: the next one may do better.
                process = nil
            }
            let fresh = try PhonemeProcess(program: program, voice: voice)
            guard let answer = fresh.answer(to: line) else {
                throw .failed("espeak-ng ended or gave no answer when it was asked how a clause sounds.")
            }
            process = fresh
            return answer
        }
        known.withLock { known in
            if known.count >= 2_000 { known.removeAll() }
            known[clause] = phonemes
        }
        return phonemes
    }

    /// One line that the program takes as plain words: brackets would be read as phonemes, more than 1 000 octets as
    /// two lines.
    private static func line(_ clause: String) -> String {
        let plain = clause.unicodeScalars.prefix(240).map { scalar -> Character in
            scalar.value < 0x20 || scalar.value == 0x7F || "[]<>".unicodeScalars.contains(scalar)
                ? " " : Character(scalar)
        }
        return String(plain)
    }
}
