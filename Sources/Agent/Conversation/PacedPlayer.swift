package import RTPMedia
internal import Synchronization
package import Telephony

/// Gives sound that comes faster than it is spoken to a call at the pace of speech, and is quiet at once when it must be.
///
/// Positions are samples as ``Call/playedSamples()`` counts them, without those of the waiting sound.
package final class PacedPlayer: Sendable {
    private struct State {
        var samples: [Int16] = []
        var head = 0
        /// Samples that were handed over.
        var given: Int
        var task: Task<Void, Never>?
        var isStopping = false
        var isClosed = false
        var drained: (@Sendable (Int) async -> Void)?
        /// What plays while nothing waits, and how many samples of it have sounded.
        var waitingSound: BackgroundSound?
        var isWaiting = false
        var waited = 0

        var queued: Int { samples.count - head }
        var hasWork: Bool { queued > 0 || isWaiting && waitingSound != nil }
    }

    private let call: any Call
    private let state: Mutex<State>

    /// - Parameters:
    ///   - call: what the sound is given to, at its rate.
    ///   - played: what the call has sent already.
    package init(_ call: any Call, played: Int) {
        self.call = call
        state = Mutex(State(given: played))
    }

    /// - Parameter drained: told when all that was added has sounded, and how many samples that are. Kept until
    ///   ``close()``.
    package func begin(drained: @escaping @Sendable (_ played: Int) async -> Void) {
        state.withLock { $0.drained = drained }
    }

    /// Samples that have not been handed over.
    package var queued: Int { state.withLock { $0.queued } }
    /// Where what is added next will begin.
    package var end: Int { state.withLock { $0.given + $0.queued } }
    /// Whether something sounds, or is going to.
    package var isPlaying: Bool { state.withLock { $0.task != nil } }

    package func add(_ more: [Int16]) {
        state.withLock { state in
            if state.head > 0, state.head * 2 >= state.samples.count {
                state.samples.removeFirst(state.head)
                state.head = 0
            }
            state.samples += more
        }
        start()
    }

    /// Drops what waits but for the last samples.
    package func keep(newest count: Int) {
        state.withLock { $0.head = max($0.head, $0.samples.count - count) }
    }

    /// So many samples have sounded that were not added here.
    package func leaveOut(_ samples: Int) {
        state.withLock { $0.waited += max(0, samples) }
    }

    /// Plays `sound` whenever nothing waits to be played; `nil` ends it, within 20 ms.
    package func setWaitingSound(_ sound: BackgroundSound?) {
        state.withLock { state in
            state.isWaiting = sound != nil
            if let sound { state.waitingSound = sound }
        }
        if sound != nil { start() }
    }

    // MARK: Playing

    private func start() {
        state.withLock { state in
            guard state.task == nil, !state.isStopping, !state.isClosed, state.hasWork else { return }
            state.task = Task { await self.playAll() }
        }
    }

    private func playAll() async {
        while !Task.isCancelled {
            if let frame = take() {
                do throws(CallError) { try await call.play(frame) } catch { return }
                continue
            }
            if await wait() { continue }
            await call.drain()
            let played = await playedSamples()
            guard !Task.isCancelled else { return }
            let drained: (@Sendable (Int) async -> Void)?? = state.withLock { state in
                guard !state.hasWork else { return .none }
                state.task = nil
                return .some(state.drained)
            }
            guard let drained else { continue }
            await drained?(played)
            return
        }
    }

    private func take() -> PCMFrame? {
        state.withLock { state in
            guard !state.isStopping else { return nil }
            let frame = Array(state.samples[state.head...].prefix(call.sampleRate / 50))
            state.head += frame.count
            state.given += frame.count
            return frame.isEmpty ? nil : PCMFrame(samples: frame, sampleRate: call.sampleRate)
        }
    }

    /// Plays the waiting sound until there is something better; nothing of it comes before that.
    ///
    /// - Returns: whether there was one.
    private func wait() async -> Bool {
        guard state.withLock({ $0.isWaiting && $0.waitingSound != nil }) else { return false }
        await call.drain()
        let before = await call.playedSamples()
        while !Task.isCancelled, let frame = waitingFrame() {
            do throws(CallError) { try await call.play(frame) } catch { break }
        }
        let after = await call.flush()
        state.withLock { $0.waited += after - before }
        return true
    }

    private func waitingFrame() -> PCMFrame? {
        state.withLock { state in
            guard state.isWaiting, state.queued == 0 else { return nil }
            return state.waitingSound?.frame()
        }
    }

    private func playedSamples() async -> Int {
        let played = await call.playedSamples()
        return state.withLock { played - $0.waited }
    }

    /// Returns once what plays now has been heard out.
    package func heardOut() async {
        await state.withLock { $0.task }?.value
    }

    // MARK: Stopping

    /// Is quiet at once, and drops what waits. What is added from now on is played once `stopped` has returned.
    ///
    /// - Parameter stopped: told how many samples had sounded.
    /// - Returns: the work of stopping.
    @discardableResult
    package func stop(_ stopped: @escaping @Sendable (_ played: Int) async -> Void) -> Task<Void, Never> {
        let talking = state.withLock { state in
            state.isStopping = true
            state.samples = []
            state.head = 0
            defer { state.task = nil }
            return state.task
        }
        talking?.cancel()
        return Task {
            let played = await self.silence(talking)
            self.state.withLock { $0.given = played }
            await stopped(played)
            self.state.withLock { $0.isStopping = false }
            self.start()
        }
    }

    /// First drops what is queued, so that it is quiet at once; then what was being handed over meanwhile.
    private func silence(_ talking: Task<Void, Never>?) async -> Int {
        await call.flush()
        await talking?.value
        let played = await call.flush()
        return state.withLock { played - $0.waited }
    }

    /// Is quiet for good.
    ///
    /// - Returns: how many samples have sounded.
    package func close() async -> Int {
        let talking = state.withLock { state in
            state.isClosed = true
            state.drained = nil
            return state.task
        }
        talking?.cancel()
        return await silence(talking)
    }
}
