internal import Agent
internal import CallAPI

/// Has a running server let somebody listen to a call.
extension WatchClient {
    /// The call that is up and whose identifier begins or ends with `text`, as ``WatchScreen`` shows it.
    public func call(_ text: String) async throws(Failure) -> String {
        let calls = try await report().calls.map(\.id)
        if calls.contains(text) { return text }
        let found = calls.filter { $0.hasPrefix(text) || $0.hasSuffix(text) }
        guard !text.isEmpty, let only = found.first, found.count == 1 else {
            throw Failure(
                description: found.isEmpty || text.isEmpty
                    ? "No call that is up is called \(PrintableText.of(text)); `trunkline watch --once` shows them."
                    : "\(found.count) calls that are up are called \(PrintableText.of(text)); give more of it.",
                mayPass: false)
        }
        return only
    }

    /// Calls a supervisor, or has the one that there is do something else.
    ///
    /// - Parameters:
    ///   - call: the identifier of a call that is up.
    ///   - target: whom to call; `nil`: the supervisor who is there.
    ///   - mode: `listen`, `whisper` or `takeover`; `nil` for the usual.
    public func supervise(_ call: String, to target: String?, mode: String?) async throws(Failure) {
        var members: [String: JSONValue] = [:]
        if let target { members["to"] = .string(target) }
        if let mode { members["mode"] = .string(mode) }
        _ = try await ask("POST", "/v1/calls/\(call)/supervise", JSONValue.object(members).json)
    }

    /// Ends the supervision of a call.
    public func endSupervision(of call: String) async throws(Failure) {
        _ = try await ask("DELETE", "/v1/calls/\(call)/supervise")
    }

    /// Tells the agent of a call something that the caller does not hear.
    public func whisper(_ text: String, to call: String) async throws(Failure) {
        let body = JSONValue.object(["text": .string(text)]).json
        _ = try await ask("POST", "/v1/calls/\(call)/whisper", body)
    }
}
