public import RTPMedia
internal import Synchronization

/// The sound of the other side: a sequence of 20 ms frames with a bounded buffer that drops its oldest when full.
public struct CallAudio: AsyncSequence, Sendable {
    public typealias Element = PCMFrame

    let buffer: AudioRing
    /// What keeps it from whoever reads; see ``behind(_:)``.
    var gate: SoundGate?

    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: AudioRing
        let gate: SoundGate?

        /// The next frame, or `nil` once the call is over and everything has been read, or the task is cancelled.
        public mutating func next() async -> PCMFrame? {
            let frame = await buffer.next()
            guard let gate, gate.isShut else { return frame }
            return frame?.silenced
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(buffer: buffer, gate: gate)
    }

    /// A sequence and the end into which frames are put: for those who implement ``Call``.
    public static func makeRing(capacity: Int = 50) -> (audio: CallAudio, ring: AudioRing) {
        let ring = AudioRing(capacity: capacity)
        return (CallAudio(buffer: ring), ring)
    }
}

/// A bounded queue of frames between the media loop, which never waits, and one reader, which may stall.
public final class AudioRing: Sendable {
    private struct State {
        var frames: [PCMFrame?]
        var head = 0
        var count = 0
        var dropped = 0
        var finished = false
        var waiting: CheckedContinuation<PCMFrame?, Never>?
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        state = Mutex(State(frames: Array(repeating: nil, count: max(1, capacity))))
    }

    /// Frames that were dropped because nobody read them in time.
    public var droppedFrames: Int {
        state.withLock { $0.dropped }
    }

    /// Adds a frame; drops the oldest when full.
    public func put(_ frame: PCMFrame) {
        let reader: CheckedContinuation<PCMFrame?, Never>? = state.withLock { state in
            if state.finished { return nil }
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            if state.count == state.frames.count {
                state.head = (state.head + 1) % state.frames.count
                state.count -= 1
                state.dropped += 1
            }
            state.frames[(state.head + state.count) % state.frames.count] = frame
            state.count += 1
            return nil
        }
        reader?.resume(returning: frame)
    }

    /// No more frames will come; what is queued can still be read.
    public func finish() {
        let reader = state.withLock { state in
            state.finished = true
            let waiting = state.waiting
            state.waiting = nil
            return waiting
        }
        reader?.resume(returning: nil)
    }

    func next() async -> PCMFrame? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: PCMFrame?? = state.withLock { state in
                    if state.count > 0 {
                        let frame = state.frames[state.head]
                        state.frames[state.head] = nil
                        state.head = (state.head + 1) % state.frames.count
                        state.count -= 1
                        return .some(frame)
                    }
                    if state.finished || Task.isCancelled || state.waiting != nil { return .some(nil) }
                    state.waiting = continuation
                    return .none
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                let waiting = state.waiting
                state.waiting = nil
                return waiting
            }
            reader?.resume(returning: nil)
        }
    }
}
