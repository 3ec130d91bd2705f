internal import Synchronization

/// What the application says on a call, between the application's tasks and the loop that sends it.
///
/// The application puts samples in from wherever it runs, without a hop to the loop; the loop takes 20 ms at a time and
/// never waits for more than a copy of them.
package final class OutgoingAudio: Sendable {
    fileprivate struct State {
        var queue = PlayQueue()
        /// Samples per 20 ms.
        var frameLength = 160
        var isClosed = false
        var waitingToPlay: [CheckedContinuation<Void, Never>] = []
        var waitingForDrain: [CheckedContinuation<Void, Never>] = []
    }

    /// Frames that the application may be ahead of what is sent: 200 ms.
    fileprivate static let aheadFrames = 10

    private let state = Mutex(State())

    package init() {}

    // MARK: The application's side

    /// Queues samples; returns once no more than 200 ms are ahead of what is sent.
    ///
    /// - Returns: `false` when the call is over.
    package func play(_ samples: [Int16]) async -> Bool {
        var more: [Int16]? = samples
        while true {
            let isAhead: Bool? = state.withLock { state in
                guard !state.isClosed else { return nil }
                if let samples = more { state.queue.append(samples) }
                return state.isAhead
            }
            more = nil
            guard let isAhead else { return false }
            guard isAhead, !Task.isCancelled else { return true }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.isAhead, !state.isClosed else { return true }
                    state.waitingToPlay.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    /// Drops what is queued.
    ///
    /// - Returns: samples that were taken to be sent, since the call began.
    package func flush() -> Int {
        let (played, waiting) = state.withLock { state in
            state.queue.dropAll()
            return (state.queue.played, state.takeWaiting())
        }
        for continuation in waiting { continuation.resume() }
        return played
    }

    /// Samples that were taken to be sent, since the call began.
    package var played: Int { state.withLock { $0.queue.played } }

    /// Waits until nothing is queued.
    package func drain() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard !state.queue.isEmpty, !state.isClosed else { return true }
                state.waitingForDrain.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    // MARK: The loop's side

    /// Puts the next 20 ms in place of what is in `frame`, filled up with silence at the end.
    ///
    /// - Parameter wholly: less than 20 ms is left for later.
    /// - Returns: `false` when nothing is queued; the frame is then empty.
    package func take(_ count: Int, wholly: Bool = false, into frame: inout [Int16]) -> Bool {
        let (isPlaying, waiting) = state.withLock { state in
            state.frameLength = count
            if wholly, state.queue.queued < count {
                frame.removeAll(keepingCapacity: true)
                return (false, [CheckedContinuation<Void, Never>]())
            }
            let isPlaying = state.queue.take(count, into: &frame)
            var waiting: [CheckedContinuation<Void, Never>] = []
            if !state.isAhead, !state.waitingToPlay.isEmpty { swap(&waiting, &state.waitingToPlay) }
            if state.queue.isEmpty, !state.waitingForDrain.isEmpty {
                waiting += state.waitingForDrain
                state.waitingForDrain.removeAll()
            }
            return (isPlaying, waiting)
        }
        for continuation in waiting { continuation.resume() }
        return isPlaying
    }

    /// The call is over: whoever waits is let go.
    package func close() {
        state.withLock { $0.isClosed = true }
        _ = flush()
    }
}

extension OutgoingAudio.State {
    fileprivate var isAhead: Bool { queue.queued >= OutgoingAudio.aheadFrames * frameLength }

    fileprivate mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
        defer {
            waitingToPlay.removeAll()
            waitingForDrain.removeAll()
        }
        return waitingToPlay + waitingForDrain
    }
}
