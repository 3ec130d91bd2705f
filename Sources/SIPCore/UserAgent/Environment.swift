import TelephonyPrimitives

/// What sessions share with their user agent: the configuration, chance and numbers.
struct Environment: Sendable {
    let configuration: UserAgentConfiguration
    let abilities: Abilities
    private var random: any RandomNumberGenerator & Sendable
    /// The number that was given out last.
    var lastNumber: UInt64 = 0
    /// What journals know of passwords and of other calls.
    var judgements = OutsideJudgements()

    init(configuration: UserAgentConfiguration, random: any RandomNumberGenerator & Sendable) {
        self.configuration = configuration
        abilities = Abilities(configuration)
        self.random = random
    }

    /// A number that was not given out before.
    mutating func makeNumber() -> UInt64 {
        lastNumber &+= 1
        return lastNumber
    }

    /// A tag of 64 random bits (RFC 3261 §19.3).
    mutating func makeTag() -> Tag { Tag(makeToken()) }

    /// A branch with the magic cookie (RFC 3261 §8.1.1.7).
    mutating func makeBranch() -> Branch { Branch("z9hG4bK" + makeToken()) }

    /// A Call-ID of 128 random bits that names no host (RFC 3261 §8.1.1.4).
    mutating func makeCallID() -> CallID { CallID(makeToken() + makeToken()) }

    /// A random whole number.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    /// Answers the challenges of a 401 or 407; `nil` when that can't be done or was refused before.
    mutating func authorize(
        _ digest: inout DigestClient, response: Response, draft: RequestDraft
    ) -> HeaderFields? {
        digest.authorize(
            challenges: response, refused: draft.authorization, method: draft.method, uri: draft.uri.description,
            body: draft.body?.octets ?? [], using: &random)
    }

    /// Credentials for realms that have asked before.
    mutating func anticipate(_ digest: inout DigestClient?, draft: RequestDraft) -> HeaderFields {
        digest?.anticipate(
            method: draft.method, uri: draft.uri.description, body: draft.body?.octets ?? [], using: &random) ?? []
    }

    /// What a 2xx says about the credentials that its request carried; a sentence for each realm whose server fails to
    /// prove that it knows the password too.
    mutating func learn(
        _ digest: inout DigestClient?, from response: Response, draft: RequestDraft
    ) -> [Notice] {
        guard !draft.authorization.isEmpty, (200..<300).contains(response.status), var client = digest else {
            return []
        }
        let realms = client.learn(from: response, sent: draft.authorization) { judge in
            let given = judgements.take { if case .proof = $0 { true } else { false } }
            return (given ?? judgements.note(.proof(judge()))) == .proof(true)
        }
        digest = client
        return realms.map { realm in
            Notice(
                kind: .failure, callID: draft.callID.text,
                sentence:
                    "Whoever answered the \(draft.method.name) does not know our password of \(realm): its proof in "
                    + "Authentication-Info is wrong")
        }
    }

    private mutating func makeToken() -> String {
        // Thirteen digits of five bits: a text so short lies in its place and not on the heap.
        var number = random.next() as UInt64
        var digits = [UInt8](repeating: 0, count: 13)
        for place in digits.indices {
            let digit = UInt8(truncatingIfNeeded: number & 31)
            digits[place] = digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &- 10 &+ digit
            number >>= 5
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
