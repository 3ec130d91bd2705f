internal import TelephonyPrimitives

/// What came back.
public struct TelnyxAnswer: Sendable, Hashable {
    public var status: Int
    /// By name in small letters.
    public var headers: [String: String]
    public var body: [UInt8]

    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var rateLimit: TelnyxRateLimit? { TelnyxRateLimit(headers) }

    /// The JSON of a success.
    ///
    /// - Parameter secret: what must not be shown.
    /// - Throws: ``TelnyxError/refused(_:)`` when the status is no 2xx, ``TelnyxError/unreadable(_:)``.
    func success(without secret: Secret) throws(TelnyxError) -> JSONValue {
        guard (200..<300).contains(status) else { throw .refused(Refusal(self, without: secret)) }
        // DELETE may be answered with nothing.
        guard !body.isEmpty else { return .object([:]) }
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw .unreadable("Telnyx answered \(status) with what is no JSON: \(error).")
        }
    }
}
