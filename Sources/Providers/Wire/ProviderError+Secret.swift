internal import Agent
internal import TelephonyPrimitives

extension ProviderError {
    /// The same without the key, should the service have repeated it.
    func without(_ secret: Secret?) -> ProviderError {
        guard let secret else { return self }
        return switch self {
        case .unavailable(let sentence): .unavailable(secret.leftOut(of: sentence))
        case .overloaded(let sentence): .overloaded(secret.leftOut(of: sentence))
        case .timedOut(let sentence): .timedOut(secret.leftOut(of: sentence))
        case .failed(let sentence): .failed(secret.leftOut(of: sentence))
        case .cancelled: self
        }
    }
}
