public import Telephony

/// Which of the kept calls are wanted.
public struct CallQuery: Sendable, Equatable {
    /// A place in the list of all calls, the newest first: behind this call.
    public struct Place: Sendable, Equatable {
        /// When the call began, milliseconds since 1970.
        public var startedAt: Int64
        public var id: String

        public init(startedAt: Int64, id: String) {
            self.startedAt = startedAt
            self.id = id
        }
    }

    /// At most so many, 1 to 1 000.
    public var limit = 20
    /// Only what comes behind this in the list.
    public var after: Place?
    /// Only calls that began at this time or later, milliseconds since 1970.
    public var from: Int64?
    /// Only calls that began before this time, milliseconds since 1970.
    public var until: Int64?
    public var direction: CallDirection?
    public var state: StoredCall.State?
    /// Only calls that ended so: a `CallEnd.Cause` by its name, or `interrupted`.
    public var outcome: String?
    /// Only calls whose other side has this in its address.
    public var remote: String?
    /// Only calls in which all of the words are at one place.
    public var words: SearchWords?

    public init() {}
}

/// What became of the wish to do something once, under a key.
public enum KeyReservation: Sendable, Equatable {
    /// It is new: do it, as this call.
    case new
    /// The same was asked for before, and this call came of it.
    case repeated(call: String)
    /// The key stood for something else before.
    case taken
}
