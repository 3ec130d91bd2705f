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

/// Records a call to a WAV file: what was heard on the left, what was sent on the right.
///
/// The media loop only hands frames over; a queue of its own writes them, and mends the file's header about every
/// second, so that a file whose process was killed can be played up to its last second.
public final class CallRecorder: Sendable {
    private struct State {
        var frames: [(heard: PCMFrame, sent: PCMFrame)] = []
        var isScheduled = false
        var isFinished = false
        var dropped = 0
    }

    private struct File: ~Copyable {
        var descriptor: Int32
        var recorder: StereoRecorder
        var position = Instant(nanoseconds: 0)
        var failure: String?
    }

    /// Frames that may wait for the disk: 20 s.
    private static let capacity = 1_000

    public let path: String
    private let sampleRate: Int
    private let queue = DispatchQueue(label: "trunkline.recorder", qos: .utility)
    private let state = Mutex(State())
    private let file: Mutex<File>

    /// Makes the file.
    ///
    /// - Throws: ``CallRecorderError`` when it can't be made.
    public init(path: String, sampleRate: Int) throws(CallRecorderError) {
        self.path = path
        self.sampleRate = sampleRate
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
                recorder: StereoRecorder(sampleRate: sampleRate, start: Instant(nanoseconds: 0))))
    }

    deinit {
        file.withLock { file in
            if file.descriptor >= 0 { _ = close(file.descriptor) }
        }
    }

    /// For `Call.setTap`; returns at once.
    public func take(_ heard: PCMFrame, _ sent: PCMFrame) {
        let starts = state.withLock { state in
            guard !state.isFinished else { return false }
            guard state.frames.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.frames.append((heard, sent))
            // About once a second something is written.
            guard state.frames.count >= 25, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        if starts { queue.async { self.drain() } }
    }

    /// Writes what is left and closes the file.
    ///
    /// - Throws: ``CallRecorderError`` when the disk did not take everything.
    public func finish() async throws(CallRecorderError) {
        state.withLock { $0.isFinished = true }
        let failure: String? = await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                let failure = self.file.withLock { file in
                    file.recorder.finish()
                    Self.write(&file)
                    if file.descriptor >= 0 { _ = close(file.descriptor) }
                    file.descriptor = -1
                    return file.failure
                }
                continuation.resume(returning: failure)
            }
        }
        if let failure { throw CallRecorderError(path: path, reason: failure) }
    }

    private func drain() {
        let frames = state.withLock { state in
            defer { state.frames.removeAll(keepingCapacity: true) }
            state.isScheduled = false
            return state.frames
        }
        file.withLock { file in
            for (heard, sent) in frames {
                // The media loop hands over both sides in step, 20 ms at a time: that is the time line.
                file.recorder.record(heard, side: .caller, at: file.position)
                file.recorder.record(sent, side: .agent, at: file.position)
                file.position = file.position + max(heard.duration, sent.duration)
            }
            Self.write(&file)
        }
    }

    private static func write(_ file: inout File) {
        while let next = file.recorder.nextWrite() {
            guard file.descriptor >= 0, file.failure == nil else { continue }
            var done = 0
            while done < next.octets.count {
                let rest = next.octets[done...]
                let (descriptor, offset) = (file.descriptor, off_t(next.offset + done))
                let count = unsafe rest.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, offset) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    file.failure = unsafe String(cString: strerror(errno))
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
        "The recording \(path) can't be written: \(reason). Choose another folder with calls.recordings, or false for none."
    }
}
