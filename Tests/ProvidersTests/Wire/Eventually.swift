/// Returns once `condition` holds; other tasks run meanwhile.
func eventually(_ condition: @Sendable () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}

/// Time that stands still for whatever takes long; short waits are over at once.
let frozenTime: @Sendable (Duration) async throws -> Void = { duration in
    if duration >= .seconds(2) { try await Task.sleep(for: .seconds(3_600)) }
}
