/// A piece of a call with its beginning and its end, as OpenTelemetry has it.
public struct Span: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case text(String)
        case number(Int)
        case truth(Bool)
        case fraction(Double)
    }

    /// Something at one moment of it.
    public struct Event: Sendable, Equatable {
        public var name: String
        /// Milliseconds since 1970.
        public var at: Int64
    }

    public var traceID: String
    public var id: String
    /// `nil` for the whole call.
    public var parent: String?
    public var name: String
    /// Milliseconds since 1970.
    public var start: Int64
    public var end: Int64
    /// Neither names, numbers nor words of people: traces are read by many.
    public var attributes: [String: Value] = [:]
    public var events: [Event] = []
    /// What went wrong; `nil` when nothing did.
    public var failure: String?
}
