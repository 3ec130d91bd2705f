internal import Agent
internal import RTPMedia

/// A form with a WAV file in it.
struct OpenAITranscriptionRequest {
    private static let boundary = "trunkline-5b1f0c9e7d3a4"
    private static let longestPrompt = 400

    let http: HTTPRequest

    init(_ samples: [Int16], expecting phrases: [String], _ configuration: OpenAITranscriptionConfiguration) {
        var fields = [("model", configuration.model), ("response_format", "json")]
        if let language = configuration.language { fields.append(("language", language)) }
        let prompt = phrases.joined(separator: ", ").prefix(Self.longestPrompt)
        if !prompt.isEmpty { fields.append(("prompt", String(prompt))) }
        var body: [UInt8] = []
        for (name, value) in fields {
            // A value can't end its own part: it has no line ends.
            let line = PrintableText.of(value)
            body += Array(
                "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(line)\r\n".utf8)
        }
        body += Array(
            ("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n"
                + "Content-Type: audio/wav\r\n\r\n").utf8)
        body +=
            WAVFile(samples: samples, sampleRate: Utterance.sampleRate).octets
            + Array("\r\n--\(Self.boundary)--\r\n".utf8)
        var headers = [(name: "Content-Type", value: "multipart/form-data; boundary=\(Self.boundary)")]
        if let key = configuration.key { headers.append(("Authorization", "Bearer \(key.value)")) }
        let base = configuration.url.hasSuffix("/") ? String(configuration.url.dropLast()) : configuration.url
        http = HTTPRequest(
            url: base + "/audio/transcriptions", headers: headers, body: body, secret: configuration.key)
    }
}
