/// How putting a caller through by way of a question came out for the caller.
enum ConsultationEnd: Sendable, Equatable {
    /// The caller is with the agent again, and why.
    case returned(String)
    /// The dialogue has called it off: the caller is with the agent again, who knows why.
    case calledOff
    /// The caller's telephone has taken our place: nothing goes through us any more.
    case transferred
    /// The caller has talked through us, and the other side has hung up.
    case bridgeOver
    /// The caller has hung up, or everything was stopped.
    case abandoned
}
