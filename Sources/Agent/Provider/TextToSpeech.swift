public import RTPMedia

/// Turns text into speech. One value serves all calls.
public protocol TextToSpeech: Sendable {
    /// What this is, for people and records, e.g. `piper-joe`.
    var name: String { get }
    /// Speaks `text`: frames of any length, in order, as soon as they are made, at `sampleRate` (8 000, 16 000 or
    /// 48 000 Hz). Cancelling the reading task stops the work.
    ///
    /// The stream fails with ``ProviderError``.
    func speak(_ text: String, sampleRate: Int) -> AsyncThrowingStream<PCMFrame, any Error>
}
