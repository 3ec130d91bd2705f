/// Why a speech or dialogue part could not do its work.
public enum ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It can't be used on this machine or with this configuration; what to do about it. Asking again is of no use.
    case unavailable(String)
    /// It has all the work it can take; later it may take more.
    case overloaded(String)
    /// It did not answer in its time.
    case timedOut(String)
    /// One piece of work failed.
    case failed(String)
    case cancelled

    public var description: String {
        switch self {
        case .unavailable(let sentence), .overloaded(let sentence), .timedOut(let sentence), .failed(let sentence):
            sentence
        case .cancelled: "The work was cancelled."
        }
    }

    /// Whether the same request may succeed when it is sent again.
    public var mayPass: Bool {
        switch self {
        case .overloaded, .timedOut, .failed: true
        case .unavailable, .cancelled: false
        }
    }
}
