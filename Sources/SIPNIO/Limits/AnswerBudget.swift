internal import SIPCore
internal import TelephonyPrimitives

/// Keeps answers to strangers over UDP no larger than their requests, so that nobody can use us against an address that
/// he forged as his own.
///
/// A source earns octets by sending some; answers spend them, repeated ones as well. An answer that is too dear is not
/// sent: a peer that is really there repeats its request, which earns more. Whom we have accepted (a call that rings, a
/// registration) or have sent a request to is free from then on. Bounded like ``SourceRateLimiter``.
struct AnswerBudget: Sendable {
    private struct Account {
        var octets = 0
        var isFree = false
    }

    /// More than this is not saved up.
    private static let maximumSaved = 1 << 16

    private let factor: Int
    private let generation: Int
    private var young: [IPAddress: Account] = [:]
    private var old: [IPAddress: Account] = [:]
    /// Answers that were not sent so far.
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
        account.octets = min(Self.maximumSaved, account.octets + octets * factor)
        keep(account, of: source)
    }

    /// Whether `message` may go to `source`; spends its octets then.
    mutating func permits(_ message: [UInt8], to source: IPAddress) -> Bool {
        if account(of: source)?.isFree == true { return true }
        // Whom we call by ourselves nobody has forged.
        if !message.starts(with: "SIP/2.0 ".utf8) || message.isAcceptance {
            keep(Account(isFree: true), of: source)
            return true
        }
        return spend(message.count, to: source)
    }

    /// Whether an answer of so many octets may go to `source`; spends them then.
    mutating func spend(_ octets: Int, to source: IPAddress) -> Bool {
        guard var account = account(of: source), account.isFree || account.octets >= octets else {
            withheld += 1
            return false
        }
        if account.isFree { return true }
        account.octets -= octets
        keep(account, of: source)
        return true
    }

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
