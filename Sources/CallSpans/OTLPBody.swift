internal import Agent

/// Spans as OTLP/HTTP takes them in JSON (opentelemetry-proto, ExportTraceServiceRequest): identifiers in hexadecimal, times in
/// nanoseconds and whole numbers as text.
enum OTLPBody {
    static func of(_ spans: [Span], service: String, version: String) -> [UInt8] {
        let scope: JSONValue = ["name": "trunkline", "version": .string(version)]
        let body: JSONValue = [
            "resourceSpans": [
                [
                    "resource": [
                        "attributes": .array([
                            attribute("service.name", .text(service)), attribute("service.version", .text(version)),
                        ])
                    ],
                    "scopeSpans": [["scope": scope, "spans": .array(spans.map(json))]],
                ]
            ]
        ]
        return Array(body.json.utf8)
    }

    private static func json(_ span: Span) -> JSONValue {
        var members: [String: JSONValue] = [
            "traceId": .string(span.traceID), "spanId": .string(span.id), "name": .string(span.name),
            // SPAN_KIND_INTERNAL
            "kind": 1, "startTimeUnixNano": .string(nanoseconds(span.start)),
            "endTimeUnixNano": .string(nanoseconds(span.end)),
            "attributes": .array(
                span.attributes.sorted { $0.key < $1.key }.map { attribute($0.key, $0.value) }),
        ]
        if let parent = span.parent { members["parentSpanId"] = .string(parent) }
        if !span.events.isEmpty {
            members["events"] = .array(
                span.events.map { ["timeUnixNano": .string(nanoseconds($0.at)), "name": .string($0.name)] })
        }
        // STATUS_CODE_ERROR
        if let failure = span.failure { members["status"] = ["code": 2, "message": .string(failure)] }
        return .object(members)
    }

    private static func attribute(_ key: String, _ value: Span.Value) -> JSONValue {
        let written: JSONValue =
            switch value {
            case .text(let text): ["stringValue": .string(text)]
            case .number(let number): ["intValue": .string(String(number))]
            case .truth(let truth): ["boolValue": .bool(truth)]
            case .fraction(let fraction): ["doubleValue": .number(fraction)]
            }
        return ["key": .string(key), "value": written]
    }

    /// Of milliseconds since 1970.
    private static func nanoseconds(_ milliseconds: Int64) -> String { "\(max(0, milliseconds))000000" }
}
