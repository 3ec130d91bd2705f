/// What whoever is asked hears besides the briefing.
public struct ConsultationWords: Sendable, Equatable {
    /// Said to whoever answers, or listens, when there is nobody to be put through any more.
    public var callerLeft = "I am sorry, the caller is no longer there. Goodbye."
    /// Said to whoever did not take the caller.
    public var declined = "Thank you. Goodbye."

    public init() {}

    /// Asked after the briefing, and once more when nothing is said to it.
    static func question(of destination: TransferDestination) -> String {
        switch destination.acceptance {
        case .answer: destination.question ?? ""
        case .key: destination.question ?? "To take the call, press 1. To decline it, press 2."
        case .keyOrYes:
            destination.question ?? "To take the call, press 1 or say yes. To decline it, press 2 or say no."
        }
    }
}
