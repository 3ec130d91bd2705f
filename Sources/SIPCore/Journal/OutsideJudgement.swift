internal import TelephonyPrimitives

/// What a user agent has decided about a call by what no journal of that call holds: passwords, and what it has learnt on
/// other calls.
package enum OutsideJudgement: Sendable, Hashable {
    /// The caller's credentials are good.
    case admitted
    /// There are none, or they are stale: they are asked for with these header fields.
    case challenged([Field])
    case refused
    /// What an answer says of the password that its request has proved.
    case informed([Field])
    /// Whether a server has proved that it knows our password.
    case proof(Bool)
    /// A request that is long for UDP: whether it leaves UDP.
    case leavesDatagrams(Bool)

    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String
    }
}

/// Notes what is decided, for a journal, or has decisions of a journal made again.
struct OutsideJudgements: Sendable {
    /// What was decided since it was last taken; `nil`: nobody wants to know.
    var made: [OutsideJudgement]?
    /// What is to be decided, the next first; `nil`: whatever is right.
    var given: [OutsideJudgement]?

    /// Whether a journal decides.
    var isGiven: Bool { given != nil }

    /// - Returns: what a journal has of the kind; `nil` when it has none, and whatever is right is to be noted.
    mutating func take(_ isWanted: (OutsideJudgement) -> Bool) -> OutsideJudgement? {
        given?.firstIndex(where: isWanted).flatMap { given?.remove(at: $0) }
    }

    /// - Returns: what was noted.
    mutating func note(_ judgement: OutsideJudgement) -> OutsideJudgement {
        made?.append(judgement)
        return judgement
    }
}

extension HeaderFields {
    init(_ fields: [OutsideJudgement.Field]) {
        self = fields.map { (HeaderName($0.name), $0.value) }
    }

    var fields: [OutsideJudgement.Field] {
        map { OutsideJudgement.Field(name: $0.0.text, value: $0.1) }
    }
}

extension UserAgentCore {
    /// Whether what is decided is noted, for ``takeJudgements()``.
    package var notesJudgements: Bool {
        get { environment.judgements.made != nil }
        set { environment.judgements.made = newValue ? [] : nil }
    }

    /// What was decided since this was last asked.
    package mutating func takeJudgements() -> [OutsideJudgement] {
        guard let made = environment.judgements.made, !made.isEmpty else { return [] }
        environment.judgements.made = []
        return made
    }

    /// What is to be decided about what comes next.
    package mutating func give(_ judgements: [OutsideJudgement]) {
        environment.judgements.given = judgements
    }
}

extension OutsideJudgement {
    func write(to writing: inout JournalWriting) {
        switch self {
        case .admitted: writing.put(UInt8(1))
        case .challenged(let fields):
            writing.put(UInt8(2))
            writing.put(each: fields, Field.write)
        case .refused: writing.put(UInt8(3))
        case .informed(let fields):
            writing.put(UInt8(4))
            writing.put(each: fields, Field.write)
        case .proof(let isRight):
            writing.put(UInt8(5))
            writing.put(isRight)
        case .leavesDatagrams(let leaves):
            writing.put(UInt8(6))
            writing.put(leaves)
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .admitted
        case 2: self = .challenged(try reading.list(Field.init))
        case 3: self = .refused
        case 4: self = .informed(try reading.list(Field.init))
        case 5: self = .proof(try reading.truth())
        case 6: self = .leavesDatagrams(try reading.truth())
        default: throw JournalError("a decision is of no known kind")
        }
    }

    /// The same without what is secret in header fields; what stands in place of it is as long.
    ///
    /// - Parameter mask: masks a whole message.
    package func masked(by mask: ([UInt8]) -> [UInt8]) -> OutsideJudgement {
        guard case .informed(let fields) = self else { return self }
        return .informed(
            fields.map { field in
                let start = Array("\(field.name): ".utf8)
                let octets = mask(start + Array(field.value.utf8) + [0x0D, 0x0A])
                let value = String(decoding: octets.dropFirst(start.count).dropLast(2), as: UTF8.self)
                return Field(name: field.name, value: value)
            })
    }
}

extension OutsideJudgement.Field {
    fileprivate static func write(_ writing: inout JournalWriting, _ field: OutsideJudgement.Field) {
        writing.put(field.name)
        writing.put(field.value)
    }

    fileprivate init(_ reading: inout JournalReading) throws(JournalError) {
        self.init(name: try reading.text(), value: try reading.text())
    }
}
