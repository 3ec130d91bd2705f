internal import WebSockets

/// What Deepgram asks of the request that opens a connection.
struct DeepgramQuery: Sendable {
    let path: String
    let names: Set<String>
    let encodings: Set<String>

    static let listenV1 = DeepgramQuery(
        path: "/v1/listen",
        names: [
            "model", "encoding", "sample_rate", "channels", "multichannel", "language", "language_hint",
            "interim_results", "endpointing", "utterance_end_ms", "vad_events", "punctuate", "smart_format", "numerals",
            "keyterm", "keywords", "diarize", "diarize_model", "redact", "replace", "search", "profanity_filter",
            "dictation", "detect_entities", "tag", "extra", "mip_opt_out", "callback", "version",
        ],
        encodings: [
            "linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex", "g729",
        ])

    static let listenV2 = DeepgramQuery(
        path: "/v2/listen",
        names: [
            "model", "encoding", "sample_rate", "eot_threshold", "eager_eot_threshold", "eot_timeout_ms", "keyterm",
            "language_hint", "numerals", "redact", "profanity_filter", "tag", "mip_opt_out",
        ],
        encodings: ["linear16", "linear32", "mulaw", "alaw", "opus", "ogg-opus"])

    /// The answer to a request that is not let in, and why.
    func refusal(of request: SocketRequest, key: String) -> (DoubleSocket.Refusal, String)? {
        func refuse(_ status: Int, _ why: String) -> (DoubleSocket.Refusal, String) {
            let headers = [WebSocketHeaderField("dg-error", why), WebSocketHeaderField("dg-request-id", "r")]
            return (DoubleSocket.Refusal(status: status, headers: headers), why)
        }
        guard request.path == path else { return refuse(404, "there is nothing at \(request.path)") }
        guard request.header("authorization") == "Token \(key)" else { return refuse(401, "Invalid credentials.") }
        if let unknown = request.query.first(where: { !names.contains($0.name) }) {
            return refuse(400, "unknown parameter \(unknown.name)")
        }
        let repeatable: Set<String> = ["keyterm", "keywords", "language_hint", "redact", "replace", "search", "tag"]
        for name in Set(request.query.map(\.name)).subtracting(repeatable)
        where request.query.count(where: { $0.name == name }) > 1 { return refuse(400, "\(name) comes twice") }
        guard let model = request.query("model"), !model.isEmpty else { return refuse(400, "model is missing") }
        guard model.hasPrefix("flux") == (path == "/v2/listen") else {
            return refuse(400, "\(model) is not served here")
        }
        if let encoding = request.query("encoding") {
            guard encodings.contains(encoding) else { return refuse(400, "unknown encoding \(encoding)") }
            guard let rate = request.query("sample_rate").flatMap(Int.init), (8_000...48_000).contains(rate) else {
                return refuse(400, "sample_rate is missing")
            }
        }
        for (name, range) in Self.ranges {
            guard let text = request.query(name) else { continue }
            guard let number = Double(text), range.contains(number) else {
                return refuse(400, "\(name) is out of range")
            }
        }
        if request.query("utterance_end_ms") != nil, request.query("interim_results") != "true" {
            return refuse(400, "utterance_end_ms needs interim_results")
        }
        return nil
    }

    private static let ranges: [(String, ClosedRange<Double>)] = [
        ("utterance_end_ms", 1_000...60_000), ("endpointing", 0...60_000), ("eot_threshold", 0.5...1),
        ("eager_eot_threshold", 0.3...0.9), ("eot_timeout_ms", 500...60_000),
    ]

    /// The words of a text, one after the other over its length.
    static func words(_ text: String, _ start: Double, _ duration: Double) -> String {
        let words = text.split(separator: " ")
        let length = duration / Double(max(1, words.count))
        return words.enumerated().map { index, word in
            let begin = start + Double(index) * length
            let plain = word.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "'" }
            return """
                {"word":\(ServiceJSON.quoted(plain)),"start":\(begin),"end":\(begin + length),"confidence":0.98,\
                "punctuated_word":\(ServiceJSON.quoted(String(word)))}
                """
        }.joined(separator: ",")
    }
}
