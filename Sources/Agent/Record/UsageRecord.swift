/// What a service did for a call.
public enum ServiceKind: String, Sendable, Codable, CaseIterable {
    /// It made out what the caller said.
    case hearing
    /// It is the model that leads the dialogue.
    case thinking
    /// It spoke.
    case speaking
    /// It heard, thought and spoke in one.
    case speechToSpeech
    /// It summed the call up.
    case summary

    /// For people.
    var words: String { self == .speechToSpeech ? "speech to speech" : rawValue }
}

/// What a service did for a call, as it counted, and what that cost where its price is known.
public struct UsageRecord: Sendable, Equatable, Codable {
    /// Who counted, e.g. `openai gpt-4.1-mini`.
    public var service: String
    /// What for; `nil` in records from before that was kept.
    public var kind: ServiceKind?
    public var inputTokens: Int?
    /// Of these, those that were read from a cache.
    public var cachedTokens: Int?
    public var outputTokens: Int?
    public var characters: Int?
    public var audioMs: Int?
    /// Millionths of the currency; `nil` when the price is not known.
    public var costMicros: Int64?
    public var currency: String?

    /// - Parameters:
    ///   - usage: without its cost.
    ///   - kind: what the service did.
    public init(_ usage: ProviderUsage, kind: ServiceKind? = nil) {
        service = usage.provider
        self.kind = kind
        inputTokens = usage.inputTokens
        cachedTokens = usage.cachedTokens
        outputTokens = usage.outputTokens
        characters = usage.characters
        audioMs = usage.audioSeconds.flatMap { seconds in
            (0..<1e9).contains(seconds) ? Int((seconds * 1_000).rounded()) : nil
        }
    }

    init(service: String) {
        self.service = service
    }
}

extension UsageRecord {
    /// The uses of each service for one kind of work together, in the order in which they were first used.
    static func summed(_ records: [UsageRecord]) -> [UsageRecord] {
        var sums: [UsageRecord] = []
        for record in records {
            if let index = sums.firstIndex(where: {
                $0.service == record.service && $0.kind == record.kind && $0.currency == record.currency
            }) {
                sums[index].add(record)
            } else {
                sums.append(record)
            }
        }
        return sums
    }

    private mutating func add(_ other: UsageRecord) {
        func sum<Number: FixedWidthInteger>(_ one: Number?, _ other: Number?) -> Number? {
            guard let one, let other else { return one ?? other }
            let (sum, overflow) = one.addingReportingOverflow(other)
            return overflow ? .max : sum
        }
        inputTokens = sum(inputTokens, other.inputTokens)
        cachedTokens = sum(cachedTokens, other.cachedTokens)
        outputTokens = sum(outputTokens, other.outputTokens)
        characters = sum(characters, other.characters)
        audioMs = sum(audioMs, other.audioMs)
        costMicros = sum(costMicros, other.costMicros)
    }

    /// The counts in a line.
    var sentence: String {
        var parts: [String] = []
        if let inputTokens { parts.append("\(inputTokens) tokens in") }
        if let cachedTokens, cachedTokens > 0 { parts.append("\(cachedTokens) of them cached") }
        if let outputTokens { parts.append("\(outputTokens) tokens out") }
        if let characters { parts.append("\(characters) characters") }
        if let audioMs { parts.append("\(audioMs / 1_000).\(audioMs % 1_000 / 100) s of sound") }
        if let costMicros, let currency { parts.append(CallCost(micros: costMicros, currency: currency).sentence) }
        return "\(service)\(kind.map { " (\($0.words))" } ?? ""): \(parts.joined(separator: ", "))"
    }
}

/// What a call cost, as far as prices are known.
public struct CallCost: Sendable, Equatable, Codable {
    /// Millionths of the currency.
    public var micros: Int64
    public var currency: String
    /// Services that were used and have no price.
    public var withoutPrice: [String] = []

    init(micros: Int64, currency: String) {
        self.micros = micros
        self.currency = currency
    }

    /// - Returns: `nil` when nothing that was used has a price.
    init?(of usage: [UsageRecord]) {
        guard let currency = usage.lazy.compactMap(\.currency).first else { return nil }
        self.init(micros: 0, currency: currency)
        for record in usage {
            if let cost = record.costMicros, record.currency == currency {
                let (sum, overflow) = micros.addingReportingOverflow(cost)
                micros = overflow ? .max : sum
            } else if !withoutPrice.contains(record.service) {
                withoutPrice.append(record.service)
            }
        }
    }

    /// `EUR 0.0123`, to a hundredth of a cent, and with what is not in it.
    var sentence: String {
        amount + (withoutPrice.isEmpty ? "" : ", without \(withoutPrice.joined(separator: ", "))")
    }

    /// The same without what is not in it.
    public var amount: String {
        let (hundredths, rest) = micros.quotientAndRemainder(dividingBy: 100)
        let rounded = rest >= 50 ? hundredths + 1 : hundredths
        let fraction = String(rounded % 10_000)
        return "\(currency) \(rounded / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
