public import TelephonyPrimitives

/// What brings a request to Telnyx and the answer back; tests put in their own.
public protocol TelnyxTransport: Sendable {
    /// Sends once.
    ///
    /// - Parameters:
    ///   - request: what to send.
    ///   - key: for `Authorization`, and for nothing else.
    ///   - limit: until the whole answer is there.
    /// - Throws: ``TransportFailure``.
    func send(_ request: TelnyxRequest, key: Secret, limit: Duration) async throws(TransportFailure) -> TelnyxAnswer
}

/// Why there is no answer. The texts are sentences without the key.
public enum TransportFailure: Error, Hashable {
    /// The request was not taken.
    case notConnected(String)
    /// Nobody knows.
    case silent(String)
    case cancelled
}
