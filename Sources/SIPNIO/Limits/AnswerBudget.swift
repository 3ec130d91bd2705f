internal import SIPCore
internal import TelephonyPrimitives

/// Keeps what goes to strangers over UDP no larger than what came from them, so that nobody can use us against an
/// address that he forged as his own.
///
/// A source earns octets by sending some; answers spend them, repeated ones as well. What is too dear is not sent: a
/// peer that is really there repeats its request, which earns more. A source that we have let in (a call that rings or
/// is answered, a registration, a subscription) earns more, up to eight octets for one, and one that has shown to be
/// there, by something that only who reads our answers can know, is free. So is whom we have called by ourselves.
/// Bounded like ``SourceRateLimiter``.
struct AnswerBudget: Sendable {
    private struct Account {
        /// What came, and what it has paid for.
        var earned = 0
        var spent = 0
        var isLetIn = false
        var isFree = false
    }

    /// More than this is not saved up.
    private static let maximumSaved = 1 << 16
    /// More than the 3 of RFC 9000 §8.1: a call has to stand even when its 200 is lost twice, and a small INVITE brings
    /// a 200 with an offer.
    private static let letInFactor = 8

    private let factor: Int
    private let generation: Int
    private var young: [IPAddress: Account] = [:]
    private var old: [IPAddress: Account] = [:]
    /// Messages that were not sent so far.
    private(set) var withheld = 0

    /// Sources that are remembered.
    var count: Int { young.count + old.count }

    /// - Parameters:
    ///   - factor: octets that one received octet earns.
    ///   - maximumSources: how many sources are remembered.
    init(factor: Int, maximumSources: Int) {
        self.factor = min(max(1, factor), 1_000)
        generation = max(1, maximumSources / 2)
    }

    /// `octets` came from `source`.
    mutating func earned(_ octets: Int, by source: IPAddress) {
        var account = account(of: source) ?? Account()
        if account.isFree { return }
        // What is paid for is forgotten first, so that neither number grows for ever.
        let paid = account.spent / factor(of: account)
        account.earned = min(Self.maximumSaved, account.earned - paid) + min(octets, Self.maximumSaved)
        account.spent -= paid * factor(of: account)
        keep(account, of: source)
    }

    /// Whether `message` may go to `source`; spends its octets then. `isKnown` is whether the source has shown to be
    /// there.
    mutating func permits(_ message: [UInt8], to source: IPAddress, isKnown: Bool) -> Bool {
        if isKnown || account(of: source)?.isFree == true { return true }
        // Whom we call by ourselves nobody has forged; inside a dialog he may have begun it.
        if message.isBeginning {
            keep(Account(isFree: true), of: source)
            return true
        }
        if message.isAcceptance, var account = account(of: source), !account.isLetIn {
            account.isLetIn = true
            keep(account, of: source)
        }
        return spend(message.count, to: source)
    }

    /// Whether an answer of so many octets may go to `source`; spends them then.
    mutating func spend(_ octets: Int, to source: IPAddress) -> Bool {
        guard var account = account(of: source),
            account.isFree || account.spent + octets <= account.earned * factor(of: account)
        else {
            withheld += 1
            return false
        }
        if account.isFree { return true }
        account.spent += octets
        keep(account, of: source)
        return true
    }

    private func factor(of account: Account) -> Int { account.isLetIn ? max(factor, Self.letInFactor) : factor }

    private func account(of source: IPAddress) -> Account? {
        young[source] ?? old[source]
    }

    private mutating func keep(_ account: Account, of source: IPAddress) {
        if young[source] == nil, young.count >= generation {
            old = young
            young = [:]
        }
        old[source] = nil
        young[source] = account
    }
}

extension [UInt8] {
    /// Whether this message of ours is a request outside every dialog.
    fileprivate var isBeginning: Bool {
        guard !starts(with: "SIP/2.0 ".utf8), case .request(let request) = try? Message(parsing: self),
            let to = try? request.to
        else { return false }
        return to.tag == nil
    }
}
