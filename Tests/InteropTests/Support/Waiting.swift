import Foundation

/// Looks again and again until there is something; the limit is a guard against hanging, not a measurement.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(30),
    _ find: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while start.duration(to: .now) < limit {
        if let found = try await find() { return found }
        try await Task.sleep(for: pause)
    }
    throw Program.Failure(description: "no sign of \(what) for \(limit)")
}
