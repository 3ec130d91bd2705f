/// What the service refuses in requests for speech and transcriptions.
enum OpenAISpeechRules {
    struct Fault: Error {
        var message: String
    }

    private static let fields: Set<String> = [
        "model", "input", "voice", "instructions", "response_format", "speed", "stream_format",
    ]
    private static let voices: Set<String> = [
        "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
        "verse",
    ]

    static func fault(ofSpeech request: HTTPDouble.Request) -> String? {
        guard request.headers["content-type"]?.hasPrefix("application/json") == true, let body = BodyJSON(request.body),
            let members = body.members
        else { return "We could not parse the JSON body of your request." }
        if let unknown = members.keys.first(where: { !fields.contains($0) }) {
            return "Unknown parameter: '\(unknown)'."
        }
        guard let model = body["model"]?.text, !model.isEmpty else { return "you must provide a model parameter" }
        guard let input = body["input"]?.text, !input.isEmpty else { return "Invalid 'input': string too short." }
        guard input.count <= 4_096 else { return "Invalid 'input': string too long." }
        guard let voice = body["voice"]?.text, voices.contains(voice) else { return "Invalid value for 'voice'." }
        guard ["mp3", "opus", "aac", "flac", "wav", "pcm"].contains(body["response_format"]?.text ?? "mp3") else {
            return "Invalid value for 'response_format'."
        }
        guard body["response_format"]?.text == "pcm" else { return "The double makes PCM only." }
        if let speed = body["speed"]?.number, !(0.25...4).contains(speed) { return "Invalid 'speed'." }
        if body["instructions"] != nil, model.hasPrefix("tts-1") { return "'instructions' is not supported." }
        return nil
    }

    static func transcription(_ request: HTTPDouble.Request) -> Result<OpenAISpeechDouble.Transcription, Fault> {
        let type = request.headers["content-type"] ?? ""
        guard type.hasPrefix("multipart/form-data; boundary=") else {
            return .failure(Fault(message: "Expected multipart/form-data."))
        }
        let boundary = Array("--\(type.dropFirst("multipart/form-data; boundary=".count))".utf8)
        var fields: [String: String] = [:]
        var file: [UInt8]?
        for part in parts(request.body, boundary) {
            guard let gap = place(of: Array("\r\n\r\n".utf8), in: part, from: 0) else { continue }
            let head = String(decoding: part[..<gap], as: UTF8.self)
            let content = Array(part[(gap + 4)...])
            guard let name = quoted("name", in: head) else { return .failure(Fault(message: "A part has no name.")) }
            if name == "file" {
                guard quoted("filename", in: head)?.hasSuffix(".wav") == true else {
                    return .failure(Fault(message: "Invalid file format."))
                }
                file = content
            } else {
                fields[name] = String(decoding: content, as: UTF8.self)
            }
        }
        guard let file else { return .failure(Fault(message: "'file' is required.")) }
        guard fields["model"]?.isEmpty == false else { return .failure(Fault(message: "'model' is required.")) }
        guard file.count <= 25 << 20 else { return .failure(Fault(message: "Maximum content size limit exceeded.")) }
        func number(_ offset: Int, _ octets: Int) -> Int {
            (0..<octets).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
        }
        guard file.count >= 44, file.starts(with: "RIFF".utf8), file[8..<16].elementsEqual("WAVEfmt ".utf8),
            number(20, 2) == 1, number(22, 2) == 1, number(34, 2) == 16, file[36..<40].elementsEqual("data".utf8),
            number(40, 4) == file.count - 44
        else { return .failure(Fault(message: "Audio file might be corrupted or unsupported.")) }
        return .success(
            OpenAISpeechDouble.Transcription(
                sampleRate: number(24, 4), samples: (file.count - 44) / 2, fields: fields))
    }

    /// What stands between the boundaries, without the line ends next to them.
    private static func parts(_ body: [UInt8], _ boundary: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start: Int?
        var index = 0
        while let next = place(of: boundary, in: body, from: index) {
            if let start, next >= start + 2 { parts.append(Array(body[start..<(next - 2)])) }
            index = next + boundary.count
            guard index + 2 <= body.count, body[index] == 0x0D else { break }
            start = index + 2
        }
        return parts
    }

    private static func place(of needle: [UInt8], in octets: [UInt8], from start: Int) -> Int? {
        guard octets.count >= needle.count, start <= octets.count - needle.count else { return nil }
        return (start...(octets.count - needle.count)).first { place in
            octets[place] == needle[0] && octets[place..<(place + needle.count)].elementsEqual(needle)
        }
    }

    private static func quoted(_ name: String, in head: String) -> String? {
        guard let part = head.split(separator: "; ").first(where: { $0.hasPrefix("\(name)=\"") }) else { return nil }
        return String(part.dropFirst(name.count + 2).prefix { $0 != "\"" })
    }
}
