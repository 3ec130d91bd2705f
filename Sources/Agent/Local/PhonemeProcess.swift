internal import FoundationEssentials

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
    private let child: ChildProcess
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
        do throws(ChildProcess.Failure) {
            child = try ChildProcess(
                [program, "-q", "--ipa", "-v", voice], environment: ProcessInfo.processInfo.environment,
                remarks: .discarded)
        } catch {
            throw .failed(error.description)
        }
        let deadline = ContinuousClock.now + Self.patience
        for mark in Self.marks {
            guard child.write(Array((mark + "\n").utf8)), let sounds = readLine(before: deadline), !sounds.isEmpty
            else {
                throw .failed("\(program) was started but says nothing; try '\(program) -q --ipa -v \(voice) hello'.")
            }
            soundsOfMarks.append(sounds)
        }
    }

    var identifier: Int32 { child.identifier }

    /// The sounds of `line`; `nil` when the program died or took too long, after which it is of no more use.
    func answer(to line: String) -> String? {
        turn = (turn + 1) % Self.marks.count
        guard child.write(Array("\(line)\n\(Self.marks[turn])\n".utf8)) else { return nil }
        let deadline = ContinuousClock.now + Self.patience
        var lines: [String] = []
        while let sounds = readLine(before: deadline) {
            if sounds == soundsOfMarks[turn] { return lines.filter { !$0.isEmpty }.joined(separator: " ") }
            guard lines.count < 1_000 else { return nil }
            lines.append(sounds)
        }
        return nil
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
            var waiting = pollfd(fd: child.socket, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&waiting, 1, Int32(clamping: milliseconds))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe read(child.socket, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            received += chunk.prefix(count)
        }
    }
}
