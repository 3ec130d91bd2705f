/// The names of a call's spans in a distributed trace (W3C Trace Context). They follow from the call's own name, so that
/// whoever knows that names the same spans: the exporter that reads the record, and a tool that is asked in mid-call.
public struct TraceContext: Sendable, Equatable {
    /// 16 octets in hexadecimal, not all zero.
    public let traceID: String
    private let call: String

    /// - Parameter call: the call's identifier.
    public init(call: String) {
        self.call = call
        traceID = Self.hexadecimal(Self.digest(call, seed: 1)) + Self.hexadecimal(Self.digest(call, seed: 2))
    }

    /// The name of the whole call's span: 8 octets in hexadecimal.
    public var callSpan: String { span("call", 0) }

    /// The name of a span.
    ///
    /// - Parameters:
    ///   - kind: what it is, e.g. `turn`.
    ///   - number: which one of these it is within the call.
    public func span(_ kind: String, _ number: Int) -> String {
        Self.hexadecimal(Self.digest("\(call) \(kind) \(number)", seed: 3))
    }

    /// The header field `traceparent` for what is done on behalf of a span (W3C Trace Context §3.2); it is sampled.
    public func traceparent(span: String) -> String { "00-\(traceID)-\(span)-01" }

    /// FNV-1a with its bits mixed (as SplitMix64 does), never zero. Not secret: who knows the call knows its spans.
    private static func digest(_ text: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (seed &* 0x9e37_79b9_7f4a_7c15)
        for octet in text.utf8 { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return hash == 0 ? 1 : hash
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
