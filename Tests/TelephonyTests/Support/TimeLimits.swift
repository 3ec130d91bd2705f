import Testing

extension Trait where Self == TimeLimitTrait {
    /// No test of a call waits longer than this: what it waits for comes within seconds, on a
    /// machine that does much else within a minute, or never.
    static var bounded: Self { .timeLimit(.minutes(2)) }
}
