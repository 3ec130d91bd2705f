/// How a trunk failed before a call was answered, so that another one may have it.
public enum TrunkFailure: Hashable, Sendable {
    /// No server of it could be reached.
    case unreachable
    /// A server was reached, and said nothing.
    case silent
    /// It can't take the call now (408, 502, 503, 504).
    case unavailable(status: Int)

    /// - Returns: `nil` when the call is not to be placed again: whoever was called has decided (486, 603), it rang, we hung
    ///   up, or the number or our right to call it is in question.
    public init?(_ end: CallEnd, hasRung: Bool) {
        guard !hasRung else { return nil }
        switch (end.cause, end.status) {
        case (.unreachable, _): self = .unreachable
        case (.noAnswer, 408?): self = .silent
        case (.rejected, let status?) where [408, 502, 503, 504].contains(status): self = .unavailable(status: status)
        default: return nil
        }
    }

    /// Whether the trunk itself is in trouble, and not only this call.
    var isOfTrunk: Bool { self == .unreachable || self == .silent }
}
