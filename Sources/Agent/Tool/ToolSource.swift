/// Something that has tools which may come and go while the program runs.
public protocol ToolSource: Sendable {
    /// Those that a call which begins now may use. Returns at once.
    var tools: [any Tool] { get }
}
