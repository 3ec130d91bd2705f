/// One question followed through its aliases to its records.
struct DNSLookup: Sendable {
    /// What came of it.
    enum Outcome: Sendable {
        case found([DNSRecord])
        case nothing
        case unanswered(String)
    }

    /// Aliases that are followed, and records that are looked at.
    private static let maximumAliases = 8
    private static let maximumRecords = 64

    /// What is to be asked now: first the question itself, later the name that an alias leads to.
    private(set) var question: DNSQuestion
    private(set) var outcome: Outcome?
    private var seen: Set<DNSName>

    init(_ question: DNSQuestion) {
        self.question = question
        seen = [question.name]
    }

    /// Takes the answer to `question`. Without an outcome after it, `question` is another one that has to be asked.
    mutating func receive(_ answer: DNSAnswer) {
        switch answer {
        case .found(let records): outcome = follow(records)
        case .noSuchName, .noRecord: outcome = .nothing
        case .failed(let reason): outcome = .unanswered(reason)
        case .timedOut: outcome = .unanswered("no DNS server answered in time")
        }
    }

    private mutating func follow(_ records: [DNSRecord]) -> Outcome? {
        let asked = question.name
        while true {
            let found = records.lazy.filter { [question] in $0.name == question.name && $0.answers(question.type) }
                .prefix(Self.maximumRecords)
            if !found.isEmpty { return .found(Array(found)) }
            guard let alias = alias(of: question.name, in: records) else {
                // An alias whose end the answer leaves out is asked for; the same name is not asked for twice.
                return question.name == asked ? .nothing : nil
            }
            // A loop, or a chain that nobody means.
            guard seen.count <= Self.maximumAliases, seen.insert(alias).inserted else { return .nothing }
            question.name = alias
        }
    }

    private func alias(of name: DNSName, in records: [DNSRecord]) -> DNSName? {
        for record in records where record.name == name {
            if case .alias(let other) = record.content { return other }
        }
        return nil
    }
}
