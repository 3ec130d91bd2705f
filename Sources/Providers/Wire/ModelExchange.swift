internal import Agent

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
            for try await part in service.answer(to: request, progress: progress) {
                guard case .octets(let octets) = part else { continue }
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
