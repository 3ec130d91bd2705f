public import Agent
internal import FoundationEssentials
internal import NIOCore

/// Reads what a running server has kept.
extension WatchClient {
    private struct Page: Decodable {
        var calls: [CallSummaryRow]
    }

    /// The newest call whose other side has `text` in its address, all of it.
    ///
    /// - Parameters:
    ///   - text: letters, digits, `-`, `.`, `@`, `:` and `+`.
    ///   - start: only calls that began then or later, milliseconds since 1970.
    /// - Returns: `nil` when there is none, or it is not over.
    public func finishedCall(with text: String, since start: Int64) async throws(Failure) -> StoredCall? {
        let escaped = text.replacing("+", with: "%2B").replacing(":", with: "%3A").replacing("@", with: "%40")
        let body = try await ask("GET", "/v1/calls?limit=1&from=\(start)&number=\(escaped)")
        guard let row = try decode(Page.self, body).calls.first else { return nil }
        guard row.state == .ended || row.state == .interrupted else { return nil }
        return try decode(StoredCall.self, try await ask("GET", "/v1/calls/\(row.id)"))
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ body: ByteBuffer) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw Failure(description: "What answers is no server of ours, or of another version.", mayPass: false)
        }
    }
}
