import Testing

extension Trait where Self == TimeLimitTrait {
    /// No test of a call waits longer than this: what it waits for either comes within seconds or never.
    static var bounded: Self { .timeLimit(.minutes(1)) }
}
