internal import Agent

/// One response of the service: what came of it, item by item.
struct RealtimeReply: Sendable {
    struct Part: Sendable {
        let item: String
        var content = 0
        var samples = 0
        var hasText = false
        var reader: SoundReader
    }

    /// What the service is told of an item that was not heard out.
    enum Correction: Sendable, Equatable {
        case truncate(item: String, content: Int, audioEndMs: Int)
        case delete(item: String)
    }

    let number: Int
    let response: String
    let socket: Int
    private(set) var parts: [Part] = []
    var calls: [ToolCall] = []
    var isDone = false
    /// The caller spoke over it: what still comes is dropped.
    var isCut = false

    private static let maximumParts = 32

    init(number: Int, response: String, socket: Int) {
        self.number = number
        self.response = response
        self.socket = socket
    }

    var samples: Int { parts.reduce(0) { $0 + $1.samples } }

    /// The place of an item, which may be new; `nil` when there are too many.
    mutating func part(_ item: String, _ coding: SoundCoding) -> Int? {
        if let index = parts.lastIndex(where: { $0.item == item }) { return index }
        guard parts.count < Self.maximumParts else { return nil }
        parts.append(Part(item: item, reader: SoundReader(coding.encoding)))
        return parts.count - 1
    }

    mutating func take(_ base64: String, item: String, content: Int, _ coding: SoundCoding) -> [Int16] {
        guard let index = part(item, coding), let samples = parts[index].reader.samples(ofBase64: base64) else {
            return []
        }
        parts[index].content = content
        parts[index].samples += samples.count
        return samples
    }

    /// Whether these are the first words of an item.
    mutating func takesFirstText(item: String, _ coding: SoundCoding) -> Bool {
        guard let index = part(item, coding) else { return false }
        defer { parts[index].hasText = true }
        return !parts[index].hasText
    }

    /// A call is told of several times.
    mutating func add(_ call: ToolCall) {
        guard !call.id.isEmpty, calls.count < 16 else { return }
        if let index = calls.firstIndex(where: { $0.id == call.id }) {
            if calls[index].name.isEmpty { calls[index].name = call.name }
            if !call.arguments.isEmpty { calls[index].arguments = call.arguments }
        } else {
            calls.append(call)
        }
    }

    /// What to tell when of all its sound only the first `heardMs` were heard. Never more than what came.
    func corrections(heardMs: Int, sampleRate: Int) -> [Correction] {
        var left = max(0, heardMs)
        var corrections: [Correction] = []
        for part in parts {
            let length = part.samples * 1_000 / max(1, sampleRate)
            let heard = min(left, length)
            left -= heard
            if heard == 0 {
                corrections.append(.delete(item: part.item))
            } else if heard < length || !isDone {
                corrections.append(.truncate(item: part.item, content: part.content, audioEndMs: heard))
            }
        }
        return corrections
    }
}
