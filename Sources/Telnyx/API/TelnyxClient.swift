internal import Synchronization
public import TelephonyPrimitives

/// Telnyx's API: commands for calls, and what an account has set up.
///
/// It keeps nothing of a call. What may be asked again is, within ``RetryRule``, and nothing that could act twice.
public final class TelnyxClient: Sendable {
    let key: Secret
    private let transport: any TelnyxTransport
    private let retries: RetryRule
    private let sleep: @Sendable (Duration) async throws -> Void
    private let told = Mutex<TelnyxRateLimit?>(nil)

    /// - Parameters:
    ///   - key: an API key of API v2.
    ///   - transport: what brings requests to Telnyx.
    ///   - retries: what is asked again, and when.
    ///   - sleep: waits; tests put in their own.
    public init(
        key: Secret, transport: any TelnyxTransport = HTTPTransport(), retries: RetryRule = RetryRule(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.key = key
        self.transport = transport
        self.retries = retries
        self.sleep = sleep
    }

    /// What the last answer that said anything of it said.
    public var rateLimit: TelnyxRateLimit? { told.withLock { $0 } }

    /// Sends a request, again where that is safe, and gives the JSON of the success.
    ///
    /// - Throws: ``TelnyxError``.
    public func send(_ request: TelnyxRequest) async throws(TelnyxError) -> JSONValue {
        try await answer(to: request).success(without: key)
    }

    /// The same for answers that are no JSON.
    func answer(to request: TelnyxRequest) async throws(TelnyxError) -> TelnyxAnswer {
        var number = 0
        var spent = Duration.zero
        while true {
            let limit = retries.limit(of: number, request.repeatability)
            let outcome: RetryRule.Outcome
            let result: Result<TelnyxAnswer, TelnyxError>
            do throws(TransportFailure) {
                let answer = try await transport.send(request, key: key, limit: limit)
                if let rate = answer.rateLimit { told.withLock { $0 = rate } }
                if (200..<300).contains(answer.status) { return answer }
                outcome = .answer(status: answer.status, wait: RetryRule.wait(answer))
                result = .success(answer)
            } catch {
                switch error {
                case .cancelled: throw .cancelled
                case .notConnected(let reason): (outcome, result) = (.notConnected, .failure(.unreachable(reason)))
                case .silent(let reason): (outcome, result) = (.silent, .failure(.unanswered(reason)))
                }
            }
            spent += limit
            guard let wait = retries.wait(after: number, outcome, request.repeatability, spent: spent) else {
                return try result.get()
            }
            number += 1
            spent += wait
            do { try await sleep(wait) } catch { throw .cancelled }
        }
    }
}
