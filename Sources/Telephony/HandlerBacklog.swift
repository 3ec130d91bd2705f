internal import SIPCore

/// Which calls' handlers run, and how many of them go on after their call.
struct HandlerBacklog {
    /// Whether the call of each is over.
    private var handlers: [SessionID: Bool] = [:]
    /// Handlers whose call is over.
    private(set) var overdue = 0

    mutating func began(_ session: SessionID) { handlers[session] = false }

    /// The call is over.
    mutating func ended(_ session: SessionID) {
        guard handlers[session] == false else { return }
        handlers[session] = true
        overdue += 1
    }

    /// The handler is done.
    mutating func handled(_ session: SessionID) {
        if handlers.removeValue(forKey: session) == true { overdue -= 1 }
    }
}
