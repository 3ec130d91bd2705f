public import Telephony

/// Calls somebody for a caller who is to be put through. Knows the places by their names, and calls no others.
public protocol ConsultationLine: Sendable {
    /// Calls the place of that name, and runs `body` while that call is up; it is hung up when `body` returns. Cancelling
    /// the task withdraws a call that is not answered.
    ///
    /// - Parameters:
    ///   - name: of the place.
    ///   - caller: who is to be put through.
    ///   - ringing: told when it rings there.
    ///   - body: what happens on the call once it is answered.
    /// - Throws: `CallError` when nothing came of it.
    func call(
        _ name: String, for caller: any Call, ringing: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (any Call) async -> Void
    ) async throws(CallError)
    /// Where a number, or an address, is called: for those whose telephone calls there itself.
    func address(of target: String) -> String
}
