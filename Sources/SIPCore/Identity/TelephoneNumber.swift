/// A telephone number: one that means the same everywhere (E.164), or one that only means something to whoever wrote it
/// (RFC 3966 §5.1).
///
/// Trunks write the same number in many ways: with `+` or without, national, as `tel:` or as `sip:` with or without
/// `user=phone`. A ``NumberingPlan`` says what is meant, and writes it as the next trunk wants it.
public struct TelephoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// What can be dialled: digits, `*` and `#`, without visual separators and without `+`.
    public let digits: String
    /// Whether it is a number of E.164: country code first.
    public let isGlobal: Bool
    /// The number behind a telephone system.
    public let `extension`: String?

    /// Reads a number as a person or a URI writes it: `+1 (555) 010-0199`, `5550100`, `*97`.
    ///
    /// `nil` when there is no digit, more than 40 of them, or something else.
    public init?(_ text: String, extension: String? = nil) {
        var digits: [UInt8] = []
        var isGlobal = false
        for octet in text.utf8 {
            switch octet {
            // The keys A to D are left out: a user named "abba" is no number.
            case 0x30...0x39, 0x2A, 0x23: digits.append(octet)
            case 0x2B where digits.isEmpty && !isGlobal: isGlobal = true
            case 0x20, 0x2D, 0x2E, 0x28, 0x29: continue
            default: return nil
            }
        }
        // E.164 has 15 digits at most; some trunks put routing digits in front of a local one.
        let isAllDigits = digits.allSatisfy(OctetClass.isDigit)
        guard !digits.isEmpty, isGlobal ? isAllDigits && digits.count <= 15 : digits.count <= 40 else { return nil }
        self.digits = digits.asText
        self.isGlobal = isGlobal
        self.extension = `extension`
    }

    /// The number that a URI stands for; `nil` when it stands for none.
    ///
    /// The user part of a SIP URI counts as one when `user=phone` says so, and, as trunks leave that out, also when it
    /// looks like one. A local number whose context is the beginning of global ones is made global by it.
    public init?(_ uri: URI) {
        switch uri {
        case .tel(let tel):
            self.init(tel)
        case .sip(let sip):
            guard let user = sip.unescapedUser else { return nil }
            if let tel = try? TelURI(parsing: "tel:\(user)") {
                self.init(tel)
            } else {
                self.init(user)
            }
        case .other:
            return nil
        }
    }

    private init?(_ tel: TelURI) {
        if !tel.isGlobal, let context = tel.context, context.hasPrefix("+") {
            self.init(TelURI.withoutSeparators(context) + tel.number, extension: tel.extension)
        } else {
            self.init(tel.number, extension: tel.extension)
        }
    }

    /// The number with `+` in front when it is global.
    public var description: String { isGlobal ? "+\(digits)" : digits }

    /// As a signature names it (RFC 8224 §8.3): without `+`, digits, `*` and `#` alone.
    public var canonical: String { digits }

    /// As a `tel` URI (RFC 3966); a local number without context is one that only the two of us understand.
    public var tel: TelURI? { try? TelURI(number: description, extension: `extension`) }
}
