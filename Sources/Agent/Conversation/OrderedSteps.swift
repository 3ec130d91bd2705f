/// Steps that are done one after the other, in the order in which they were wanted.
struct OrderedSteps: Sendable {
    /// The one that is done last.
    private(set) var last: Task<Void, Never>?

    mutating func add(_ step: @escaping @Sendable () async -> Void) {
        let before = last
        // Unstructured: whoever wants it does not wait for it; see ``done()``.
        last = Task {
            await before?.value
            await step()
        }
    }

    /// Returns once all of them are done.
    func done() async { await last?.value }
}
