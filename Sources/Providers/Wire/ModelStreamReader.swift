internal import Agent

/// Reads the events of one streamed answer of a language model; no socket, no clock.
protocol ModelStreamReader: Sendable {
    /// Takes in the next event.
    ///
    /// - Throws: ``ProviderError`` when the service reports an error or sends what can't be read.
    mutating func receive(_ event: ServerSentEvent) throws(ProviderError) -> [ModelEvent]
    /// The stream has ended.
    ///
    /// - Throws: ``ProviderError/failed(_:)`` when it was cut short.
    mutating func end() throws(ProviderError) -> [ModelEvent]
    /// Whether the answer is whole: nothing that follows counts.
    var isDone: Bool { get }
    /// Grows with whatever is part of the answer; signs of life and thoughts are none.
    var progress: Int { get }
}

/// Asks a language model over HTTP.
struct ModelExchange: Sendable {
    /// Octets behind the last event.
    private static let longestRest = 1 << 16

    let service: HTTPService

    /// The answer as it comes. What fails before anything has come of it is asked once more when that may help; never
    /// afterwards, since it would be said twice.
    func answer<Reader: ModelStreamReader>(
        to request: HTTPRequest, reader: @escaping @Sendable () -> Reader
    ) -> AsyncThrowingStream<ModelEvent, any Error> {
        AsyncThrowingStream { sink in
            let task = Task {
                do {
                    var isRetry = false
                    while let wait = try await attempt(request, reader: reader(), isRetry: isRetry, sink) {
                        isRetry = true
                        try await service.sleep(wait)
                    }
                    sink.finish()
                } catch let error as ProviderError {
                    sink.finish(throwing: error)
                } catch {
                    sink.finish(throwing: ProviderError.cancelled)
                }
            }
            sink.onTermination = { reason in
                // What is left after the last event is read to its end, so that the connection serves again.
                if case .cancelled = reason { task.cancel() }
            }
        }
    }

    /// - Returns: how long to wait before another attempt; `nil` when the answer is whole.
    private func attempt(
        _ request: HTTPRequest, reader: some ModelStreamReader, isRetry: Bool,
        _ sink: AsyncThrowingStream<ModelEvent, any Error>.Continuation
    ) async throws -> Duration? {
        var reader = reader
        var events = ServerSentEvents()
        var hasBegun = false
        let progress = HTTPProgress()
        func give(_ found: [ModelEvent]) {
            for event in found {
                hasBegun = true
                sink.yield(event)
            }
        }
        do {
            var seen = 0
            var rest = 0
            for try await octets in service.octets(request, progress: progress) {
                guard !reader.isDone else {
                    rest += octets.count
                    if rest > Self.longestRest { return nil }
                    continue
                }
                for event in try events.receive(octets) { give(try reader.receive(event)) }
                if reader.progress != seen { progress.made() }
                seen = reader.progress
                if reader.isDone { sink.finish() }
            }
            guard !reader.isDone else { return nil }
            try Task.checkCancellation()
            if let last = events.finish() { give(try reader.receive(last)) }
            give(try reader.end())
            return nil
        } catch  where reader.isDone {
            return nil
        } catch let failure as HTTPFailure {
            guard let wait = failure.retryAfter, !isRetry, !hasBegun else { throw failure.error }
            return wait
        } catch let error as ProviderError {
            guard error.mayPass, !isRetry, !hasBegun else { throw error }
            return .milliseconds(250)
        }
    }
}
