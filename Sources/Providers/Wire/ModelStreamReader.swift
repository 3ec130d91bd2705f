internal import Agent

/// Reads the events of one streamed answer of a language model; no socket, no clock.
protocol ModelStreamReader: Sendable {
    /// Takes in the next event.
    ///
    /// - Throws: `ProviderError` when the service reports an error or sends what can't be read.
    mutating func receive(_ event: ServerSentEvent) throws(ProviderError) -> [ModelEvent]
    /// The stream has ended.
    ///
    /// - Throws: `ProviderError/failed(_:)` when it was cut short.
    mutating func end() throws(ProviderError) -> [ModelEvent]
    /// Whether the answer is whole: nothing that follows counts.
    var isDone: Bool { get }
    /// Grows with whatever is part of the answer; signs of life and thoughts are none.
    var progress: Int { get }
}
