internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The signals that a server listens to, one after the other.
struct Signals: Sendable {
    enum Signal: Sendable {
        /// SIGINT or SIGTERM: stop.
        case stop
        /// SIGUSR1: say how it stands.
        case report
    }

    let stream: AsyncStream<Signal>
    private let sink: AsyncStream<Signal>.Continuation
    private let sources: Sources

    /// Keeps the sources; they are only ever held.
    private final class Sources: @unchecked Sendable {
        let all: [any DispatchSourceSignal]

        init(_ all: [any DispatchSourceSignal]) {
            self.all = all
        }
    }

    init() {
        let (stream, sink) = AsyncStream.makeStream(of: Signal.self)
        self.stream = stream
        self.sink = sink
        let queue = DispatchQueue(label: "trunkline.signals")
        let all = [(SIGINT, Signal.stop), (SIGTERM, .stop), (SIGUSR1, .report)].map { number, meaning in
            // The default would end the process at once.
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { sink.yield(meaning) }
            source.resume()
            return source
        }
        sources = Sources(all)
    }

    /// No more signals are wanted.
    func end() {
        sink.finish()
    }
}
