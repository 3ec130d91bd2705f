/// What a network says about a caller's number after it has looked at its signature: the `verstat` parameter
/// (3GPP TS 24.229 §7.2A.20, ATIS-1000074 §5.3).
public struct Verstat: Hashable, Sendable, CustomStringConvertible {
    /// How it went.
    public enum Outcome: Hashable, Sendable {
        /// The signature is good.
        case passed
        /// There is a signature and it is not good.
        case failed
        /// There was nothing to look at.
        case notValidated
    }

    public let outcome: Outcome
    /// How far the caller's network vouches for it, when the parameter says it (`TN-Validation-Passed-A`).
    public let attestation: Attestation?

    public init(_ outcome: Outcome, attestation: Attestation? = nil) {
        self.outcome = outcome
        self.attestation = attestation
    }

    /// Reads the value of the parameter; `nil` when it is none that is known.
    public init?(parsing text: String) {
        let known: [(String, Outcome)] = [
            ("tn-validation-passed", .passed), ("tn-validation-failed", .failed), ("no-tn-validation", .notValidated),
        ]
        let value = text.asciiLowercased
        for (name, outcome) in known where value.hasPrefix(name) {
            let rest = value.dropFirst(name.count)
            if rest.isEmpty {
                self.init(outcome)
                return
            }
            guard rest.hasPrefix("-"), let attestation = Attestation(rawValue: rest.dropFirst().uppercased()) else {
                continue
            }
            self.init(outcome, attestation: attestation)
            return
        }
        return nil
    }

    /// Finds it where it stands: in a `tel` URI, in the telephone number of a SIP URI, and, as some trunks have it,
    /// among the parameters of the URI or of the header.
    public init?(of address: NameAddress) {
        var values: [String?] = []
        switch address.uri {
        case .sip(let uri):
            // `+15550100;verstat=...@example.com;user=phone` (RFC 3261 §19.1.6).
            for part in (uri.unescapedUser ?? "").split(separator: ";").dropFirst().prefix(Limits.maxParameters) {
                let pair = part.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0].utf8.elementsEqual("verstat".utf8) { values.append(String(pair[1])) }
            }
            values.append(uri.parameter("verstat"))
        case .tel(let uri): values.append(uri.parameters.value(of: "verstat"))
        case .other: break
        }
        values.append(address.parameters.value(of: "verstat"))
        guard let text = values.compactMap(\.self).first else { return nil }
        self.init(parsing: text)
    }

    public var description: String {
        let name =
            switch outcome {
            case .passed: "TN-Validation-Passed"
            case .failed: "TN-Validation-Failed"
            case .notValidated: "No-TN-Validation"
            }
        return name + (attestation.map { "-\($0.rawValue)" } ?? "")
    }
}

/// How far a network vouches for a caller's number (RFC 8588 §4).
public enum Attestation: String, Hashable, Sendable, CaseIterable {
    /// It knows the caller, and that the number is his.
    case full = "A"
    /// It knows the caller, and not whether the number is his.
    case partial = "B"
    /// It only knows where the call entered.
    case gateway = "C"
}
