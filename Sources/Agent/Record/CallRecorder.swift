internal import Dispatch
internal import FoundationEssentials
public import RTPMedia
internal import Synchronization
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Records a call to a file, WAV or Opus in Ogg: what was heard on the left, what was sent on the right, each where it
/// was said and where it sounded: a frame that comes had been said before, one that goes out sounds after.
///
/// The media loop only hands frames over; a queue of its own writes them, and completes the file about every second, so
/// that a file whose process was killed can be played up to its last second.
public final class CallRecorder: Sendable {
    private enum Item {
        case frames(heard: PCMFrame, sent: PCMFrame)
        /// The disk was too slow for so much: it is silent in the file, and what follows is in its place.
        case dropped(Duration, frames: Int)
        case pause
        case resume
    }

    private struct State {
        var items: [Item] = []
        var isScheduled = false
        var isFinished = false
    }

    private struct File: ~Copyable {
        var descriptor: Int32
        var recorder: StereoRecorder
        var position = Instant(nanoseconds: 0)
        /// What was sent with the frames before: it sounds while the next ones are said.
        var sent: PCMFrame?
        var framesDropped = 0
        var failure: String?
    }

    /// Frames that may wait for the disk: 20 s.
    private static let capacity = 1_000

    public let path: String
    public let format: RecordingFormat
    private let queue = DispatchQueue(label: "trunkline.recorder", qos: .utility)
    private let state = Mutex(State())
    private let file: Mutex<File>
    private let onFailure: @Sendable (CallRecorderError) -> Void

    /// Makes the file.
    ///
    /// - Parameters:
    ///   - path: of the file; folders that are missing are made. `RecordingFormat.fileExtension` is its usual end.
    ///   - format: what is written.
    ///   - sampleRate: samples per second, 8 000 to 48 000.
    ///   - onFailure: told once when the disk does not take something. What comes later is tried again, in its place.
    /// - Throws: ``CallRecorderError`` when it can't be made.
    public init(
        path: String, format: RecordingFormat = .wav, sampleRate: Int,
        onFailure: @escaping @Sendable (CallRecorderError) -> Void = { _ in }
    ) throws(CallRecorderError) {
        self.onFailure = onFailure
        self.path = path
        self.format = format
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try? FileManager.default.createDirectory(atPath: String(path[..<slash]), withIntermediateDirectories: true)
        }
        let descriptor = unsafe open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CallRecorderError(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        file = Mutex(
            File(
                descriptor: descriptor,
                recorder: StereoRecorder(format: format, sampleRate: sampleRate, start: Instant(nanoseconds: 0))))
        // Its head at once: a process that is killed in the first second leaves a file that can be read.
        let failure = file.withLock { file in
            Self.write(&file)
            return file.failure
        }
        if let failure { onFailure(CallRecorderError(path: path, reason: failure)) }
    }

    deinit {
        file.withLock { file in
            if file.descriptor >= 0 { _ = close(file.descriptor) }
        }
    }

    /// For `Call.setTap`; returns at once.
    public func take(_ heard: PCMFrame, _ sent: PCMFrame) {
        add(.frames(heard: heard, sent: sent))
    }

    /// Leaves out the sound from now on, as while a card number is said: the file is silent there.
    public func pause() { add(.pause) }

    /// Records again from now on.
    public func resume() { add(.resume) }

    private func add(_ item: Item) {
        let starts = state.withLock { state in
            guard !state.isFinished else { return false }
            if case .frames(let heard, let sent) = item, state.items.count >= Self.capacity {
                let length = max(heard.duration, sent.duration)
                if case .dropped(let before, let frames) = state.items.last {
                    state.items[state.items.count - 1] = .dropped(before + length, frames: frames + 1)
                } else {
                    state.items.append(.dropped(length, frames: 1))
                }
                return false
            }
            // A pause that does not end in time leaves out too much; one that does not begin would record a secret.
            if case .resume = item, state.items.count >= 2 * Self.capacity { return false }
            if case .pause = item, case .pause = state.items.last { return false }
            state.items.append(item)
            // About once a second something is written.
            guard state.items.count >= 25, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        if starts { queue.async { self.drain() } }
    }

    /// Writes what is left and closes the file.
    ///
    /// - Returns: how long it is, what each side's part in it is, and its pauses. The same when called again.
    /// - Throws: ``CallRecorderError`` when the disk did not take everything.
    @discardableResult
    public func finish() async throws(CallRecorderError) -> RecordingSummary {
        state.withLock { $0.isFinished = true }
        let (summary, failure): (RecordingSummary, String?) = await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                let result = self.file.withLock { file in
                    Self.recordLast(in: &file)
                    let summary = file.recorder.finish()
                    Self.write(&file)
                    if file.descriptor >= 0 { _ = close(file.descriptor) }
                    file.descriptor = -1
                    return (summary, file.failure)
                }
                continuation.resume(returning: result)
            }
        }
        if let failure { throw CallRecorderError(path: path, reason: failure) }
        return summary
    }

    /// 20 ms pieces that the disk was too slow for; the file is silent there.
    public var framesDropped: Int { file.withLock { $0.framesDropped } }

    private func drain() {
        let items = state.withLock { state in
            defer { state.items.removeAll(keepingCapacity: true) }
            state.isScheduled = false
            return state.items
        }
        let failure: String? = file.withLock { file in
            let known = file.failure
            for item in items { Self.record(item, in: &file) }
            Self.write(&file)
            return known == nil ? file.failure : nil
        }
        if let failure { onFailure(CallRecorderError(path: path, reason: failure)) }
    }

    private static func record(_ item: Item, in file: inout File) {
        switch item {
        case .frames(let heard, let sent):
            record(heard, besides: file.sent, in: &file)
            file.sent = sent
        case .dropped(let length, let frames):
            file.position = file.position + length
            file.sent = nil
            file.framesDropped += frames
        case .pause:
            file.sent = nil
            file.recorder.pause(at: file.position)
        case .resume:
            // What was sent last in the pause is still part of it.
            file.sent = nil
            file.recorder.resume(at: file.position)
        }
    }

    /// The media loop hands over both sides in step: that is the time line.
    private static func record(_ heard: PCMFrame, besides sent: PCMFrame?, in file: inout File) {
        let sent = sent ?? .silence(sampleRate: heard.sampleRate, duration: heard.duration)
        file.recorder.record(heard, side: .caller, at: file.position)
        file.recorder.record(sent, side: .agent, at: file.position)
        file.position = file.position + max(heard.duration, sent.duration)
    }

    /// What was sent last sounds when nothing is heard any more.
    private static func recordLast(in file: inout File) {
        guard let sent = file.sent, sent.origin != .silence else { return }
        record(.silence(sampleRate: sent.sampleRate, duration: sent.duration), besides: sent, in: &file)
        file.sent = nil
    }

    private static func write(_ file: inout File) {
        while let next = file.recorder.nextWrite() {
            guard file.descriptor >= 0 else { continue }
            var done = 0
            while done < next.octets.count {
                let rest = next.octets[done...]
                let (descriptor, offset) = (file.descriptor, off_t(next.offset + done))
                let count = unsafe rest.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, offset) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    if file.failure == nil { file.failure = unsafe String(cString: strerror(errno)) }
                    break
                }
                done += count
            }
        }
    }
}

public struct CallRecorderError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String {
        "The recording \(path) can't be written: \(reason). Make room on its disk, or choose another folder with "
            + "calls.recordings, or false for none."
    }
}
