/// Whether a call's sound has to be encrypted.
public enum SRTPPolicy: String, Sendable, Hashable, CaseIterable {
    /// Never: an encrypted offer is refused.
    case off
    /// When the other side can.
    case optional
    /// Always: what is not encrypted is refused.
    case required
}

/// What comes of the `a=crypto` lines of an offer or an answer (RFC 4568 §5.1).
public enum SDESOutcome: Sendable, Equatable {
    /// Both sides have a key.
    case secured(local: SDESCrypto, remote: SDESCrypto)
    /// The sound goes in the clear, as the policy allows.
    case plain
    /// No agreement: refuse the media (488).
    case refused(SDESRefusal)

    /// What an ``SRTPSession`` needs; `nil` when there is nothing to encrypt.
    public var keying: (sending: SRTPKeying, receiving: SRTPKeying)? {
        guard case .secured(let local, let remote) = self else { return nil }
        // Who has several keys sends by any of them; we by our first.
        return (local.keying, remote.keying)
    }
}

/// Why there is no agreement (RFC 4568 §5.1).
public enum SDESRefusal: Sendable, Hashable {
    /// We must encrypt, and the other side doesn't.
    case unencrypted
    /// The other side must encrypt, and we don't.
    case encrypted
    /// No suite in common, or no key that can be used.
    case noCommonSuite
    /// The answer holds what was not offered.
    case notOffered
}

/// Agrees on keys through the session description (RFC 4568 §5). It knows the lines as texts only.
public struct SDESNegotiation: Sendable {
    /// Whether the sound has to be encrypted.
    public var policy: SRTPPolicy
    /// What is offered, in this order, and what of an offer is taken.
    public var suites: [SRTPSuite]
    /// More lines than this are not looked at.
    static let maximumLines = 32

    /// - Parameters:
    ///   - policy: whether the sound has to be encrypted.
    ///   - suites: what is offered, in this order, and what of an offer is taken.
    public init(policy: SRTPPolicy, suites: [SRTPSuite] = SRTPSuite.preferred) {
        self.policy = policy
        self.suites = suites
    }

    /// The lines of an offer, each with a key of its own (RFC 4568 §5.1.1); none when the policy is ``SRTPPolicy/off``.
    /// A call that is encrypted is offered what it has, so that its session can go on.
    public func offer(before: SDESOutcome? = nil, using random: inout some RandomNumberGenerator) -> [SDESCrypto] {
        guard policy != .off else { return [] }
        if case .secured(let local, _) = before { return [local] }
        return suites.enumerated().map { SDESCrypto(tag: $0.offset + 1, suite: $0.element, using: &random) }
    }

    /// Answers an offer: takes the first of its lines that can be used, as they stand in the order of the other side's
    /// preference (§5.1.2).
    ///
    /// - Parameters:
    ///   - lines: what stands behind each `a=crypto:`.
    ///   - isSecureProfile: whether the media are `RTP/SAVP` or `RTP/SAVPF`: then they must be encrypted.
    ///   - before: what was agreed on so far. A call that was encrypted stays so. With the same key in the offer our own
    ///     stays as well, so that the session can go on (§7.1.4).
    ///   - random: must be fit for keys.
    public func answer(
        to lines: [String], isSecureProfile: Bool, before: SDESOutcome? = nil,
        using random: inout some RandomNumberGenerator
    ) -> SDESOutcome {
        guard policy != .off else { return isSecureProfile ? .refused(.encrypted) : .plain }
        for line in lines.prefix(Self.maximumLines) {
            guard let remote = try? SDESCrypto(parsing: line), suites.contains(remote.suite) else { continue }
            if case .secured(var local, let previous) = before, previous.suite == remote.suite,
                previous.keys == remote.keys
            {
                local.tag = remote.tag
                return .secured(local: local, remote: remote)
            }
            return .secured(local: SDESCrypto(tag: remote.tag, suite: remote.suite, using: &random), remote: remote)
        }
        return unsecured(isSecureProfile: isSecureProfile, hasLines: !lines.isEmpty, before: before)
    }

    /// Reads the answer to an offer of ours (§5.1.3).
    ///
    /// - Parameters:
    ///   - offered: the lines that were offered.
    ///   - lines: what stands behind each `a=crypto:` of the answer; exactly one is right.
    ///   - isSecureProfile: whether `RTP/SAVP` was offered.
    ///   - before: what was agreed on so far. A call that was encrypted stays so.
    public func complete(
        _ offered: [SDESCrypto], with lines: [String], isSecureProfile: Bool, before: SDESOutcome? = nil
    ) -> SDESOutcome {
        if lines.isEmpty || offered.isEmpty {
            return unsecured(isSecureProfile: isSecureProfile, hasLines: !lines.isEmpty, before: before)
        }
        guard lines.count == 1, let remote = try? SDESCrypto(parsing: lines[0]),
            let local = offered.first(where: { $0.tag == remote.tag && $0.suite == remote.suite })
        else { return .refused(.notOffered) }
        // Our own key, sent back: whoever does so would have both directions under one key.
        guard !remote.keys.contains(where: { theirs in local.keys.contains { $0.key == theirs.key } }) else {
            return .refused(.notOffered)
        }
        return .secured(local: local, remote: remote)
    }

    private func unsecured(isSecureProfile: Bool, hasLines: Bool, before: SDESOutcome?) -> SDESOutcome {
        if isSecureProfile { return .refused(hasLines ? .noCommonSuite : .unencrypted) }
        if case .secured = before { return .refused(.unencrypted) }
        return policy == .required ? .refused(.unencrypted) : .plain
    }
}
