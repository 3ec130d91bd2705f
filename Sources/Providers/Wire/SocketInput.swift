internal import Agent

/// What the link of a session is told of its socket.
protocol SocketInput {
    static var opened: Self { get }
    static func openFailed(_ error: ProviderError) -> Self
    static func text(_ octets: [UInt8]) -> Self
    /// `nil` when it takes no octets.
    static func octets(_ octets: [UInt8]) -> Self?
    static func closed(code: UInt16?, reason: String) -> Self
    static func failed(_ error: ProviderError) -> Self
}

extension SocketPlace {
    /// - Returns: what an event is for the link; `nil` when it is no affair of the link, or of an earlier socket.
    mutating func input<Input: SocketInput>(of event: Event, _ number: Int) -> Input? {
        guard number == self.number else { return nil }
        switch event {
        case .opened(let socket):
            keep(socket)
            return .opened
        case .openFailed(let error): return .openFailed(error)
        case .arrived(.text(let octets)): return .text(octets)
        case .arrived(.binary(let octets)): return .octets(octets)
        case .arrived(.closed(let code, let reason)): return .closed(code: code, reason: reason)
        case .arrived(.failed(let error)): return .failed(error)
        }
    }
}
