import SIPCore
import TelephonyPrimitives

/// What the DNS of a test knows, written like a zone file: `name TYPE data`, one record per line.
///
/// A name that is written with the type `SILENT` or `BROKEN` gets no answer, or a failure, to every question.
struct Zone {
    private var records: [DNSRecord] = []
    private var silent: Set<DNSName> = []
    private var broken: Set<DNSName> = []
    /// Whether SRV answers bring the addresses of their targets along.
    var addsAddresses = false
    /// Whether an answer ends with an alias and leaves out where it leads.
    var cutsChains = false
    /// Every question, in order.
    private(set) var asked: [DNSQuestion] = []

    init(_ text: String, timeToLive: UInt32 = 300) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2, let name = DNSName(words[0]) else { continue }
            let data = Array(words.dropFirst(2))
            switch words[1] {
            case "SILENT": silent.insert(name)
            case "BROKEN": broken.insert(name)
            default:
                if let content = Self.content(words[1], data) {
                    records.append(DNSRecord(name, timeToLive: timeToLive, content))
                }
            }
        }
    }

    private static func content(_ type: String, _ data: [String]) -> DNSRecord.Content? {
        func number(_ index: Int) -> UInt16 { UInt16(data[index]) ?? 0 }
        switch type {
        case "A", "AAAA": return IPAddress(data[0]).map { .address($0) }
        case "CNAME": return DNSName(data[0]).map { .alias($0) }
        case "SRV":
            return DNSName(data[3]).map {
                .service(SRVRecord(priority: number(0), weight: number(1), port: number(2), target: $0))
            }
        case "NAPTR":
            return DNSName(data[4]).map {
                .rule(
                    NAPTRRecord(
                        order: number(0), preference: number(1), flags: data[2], service: data[3],
                        expression: data.count > 5 ? data[5] : "", replacement: $0))
            }
        default: return nil
        }
    }

    mutating func answer(_ question: DNSQuestion) -> DNSAnswer {
        asked.append(question)
        if silent.contains(question.name) { return .timedOut }
        if broken.contains(question.name) { return .failed("the DNS server answered with server failure") }
        var answer: [DNSRecord] = []
        var name = question.name
        for _ in 0..<32 {
            let here = records.filter { $0.name == name }
            let fitting = here.filter { Self.type(of: $0) == question.type }
            answer += fitting
            guard fitting.isEmpty, let alias = here.first(where: { Self.type(of: $0) == nil }),
                case .alias(let other) = alias.content
            else { break }
            answer.append(alias)
            name = other
            if cutsChains { break }
        }
        guard !answer.isEmpty else {
            let exists = records.contains { $0.name == question.name }
            return exists ? .noRecord(timeToLive: 60) : .noSuchName(timeToLive: 60)
        }
        if addsAddresses {
            let targets = answer.compactMap { if case .service(let host) = $0.content { host.target } else { nil } }
            answer += records.filter { record in
                if case .address = record.content { targets.contains(record.name) } else { false }
            }
        }
        return .found(answer)
    }

    private static func type(of record: DNSRecord) -> DNSQuestion.RecordType? {
        switch record.content {
        case .address(.v4): .a
        case .address(.v6): .aaaa
        case .service: .srv
        case .rule: .naptr
        case .alias: nil
        }
    }

    /// Asks and answers until the locator knows; the answers of one round come in backwards when `isReversed`.
    mutating func locate(
        _ target: FlowTarget, _ preferences: LocatingPreferences = .init(), seed: UInt64 = 1, isReversed: Bool = false
    ) -> Result<[LocatedServer], LocatingError> {
        var locator = ServerLocator(target: target, preferences: preferences, random: SeededGenerator(seed: seed))
        for _ in 0..<100 {
            if let result = locator.result { return result }
            let questions = locator.takeQuestions()
            for question in isReversed ? questions.reversed() : questions {
                locator.receive(answer(question), to: question)
            }
        }
        return .failure(.badName("the locator does not end"))
    }
}

extension Result where Success == [LocatedServer], Failure == LocatingError {
    /// The servers in a line, or the error's sentence.
    var text: String {
        switch self {
        case .success(let servers): servers.map(\.description).joined(separator: " ")
        case .failure(let error): error.description
        }
    }
}
