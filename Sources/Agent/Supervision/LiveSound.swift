public import RTPMedia
internal import Synchronization

/// Both sides of a call for one who listens, from when it was asked for. Whoever is slow loses the oldest of it, and the call
/// knows nothing of that.
public final class LiveSound: Sendable {
    /// 20 ms of a call.
    public struct Moment: Sendable {
        /// What the other side said.
        public var heard: PCMFrame
        /// What it was told.
        public var sent: PCMFrame

        /// Both, sample by sample: what was heard first.
        public var interleaved: [Int16] {
            var samples: [Int16] = []
            samples.reserveCapacity(2 * min(heard.samples.count, sent.samples.count))
            for (one, other) in zip(heard.samples, sent.samples) {
                samples.append(one)
                samples.append(other)
            }
            return samples
        }
    }

    /// Samples per second.
    public let sampleRate: Int
    /// In order, until the call is over. To be read by one task at a time.
    public let moments: AsyncStream<Moment>
    private let sink: AsyncStream<Moment>.Continuation
    private let dropped = Atomic(0)

    /// - Parameters:
    ///   - sampleRate: of both sides.
    ///   - capacity: moments that wait for a slow listener.
    init(sampleRate: Int, capacity: Int) {
        self.sampleRate = sampleRate
        (moments, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(max(1, capacity)))
    }

    /// Moments that were lost because nobody took them in time.
    public var lost: Int { dropped.load(ordering: .relaxed) }

    /// On the loop of the call's sound: returns at once.
    func put(_ heard: PCMFrame, _ sent: PCMFrame) {
        if case .dropped = sink.yield(Moment(heard: heard, sent: sent)) { dropped.add(1, ordering: .relaxed) }
    }

    /// Nothing more comes: nobody listens any more, or the call is over.
    public func close() { sink.finish() }

    func onEnd(_ body: @escaping @Sendable () -> Void) { sink.onTermination = { _ in body() } }
}
