internal import Crypto

/// The algorithms of digest authentication (RFC 7616 §3.3, RFC 8760 §2.1).
public enum DigestAlgorithm: String, Hashable, Sendable, CaseIterable {
    case md5 = "MD5"
    case md5Session = "MD5-sess"
    case sha256 = "SHA-256"
    case sha256Session = "SHA-256-sess"
    case sha512Half256 = "SHA-512-256"
    case sha512Half256Session = "SHA-512-256-sess"

    /// The algorithm that a header names, in upper or lower case; `nil` when it is not one of these.
    public init?(name: some StringProtocol) {
        let wanted = name.lowercased()
        guard let match = DigestAlgorithm.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
            return nil
        }
        self = match
    }

    /// Whether the secret part of the digest is made from the nonces too (the `-sess` variants).
    public var isSession: Bool {
        switch self {
        case .md5Session, .sha256Session, .sha512Half256Session: true
        case .md5, .sha256, .sha512Half256: false
        }
    }

    /// The order of preference: a higher number is chosen before a lower one.
    ///
    /// SHA-256 stands before SHA-512-256: both are 256 bits strong, and many peers compute the second one wrongly (as
    /// SHA-512 cut short).
    var strength: Int {
        switch self {
        case .md5: 0
        case .md5Session: 1
        case .sha512Half256: 2
        case .sha512Half256Session: 3
        case .sha256: 4
        case .sha256Session: 5
        }
    }

    /// The hash of `octets` in lower-case hexadecimal digits.
    func hash(_ octets: some Sequence<UInt8>) -> String {
        let octets = Array(octets)
        switch self {
        case .md5, .md5Session: return hexadecimal(Insecure.MD5.hash(data: octets))
        case .sha256, .sha256Session: return hexadecimal(SHA256.hash(data: octets))
        case .sha512Half256, .sha512Half256Session: return hexadecimal(SHA512Half256.hash(octets))
        }
    }
}

/// Two lower-case digits for each octet.
func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
    let digits: [Character] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]
    var text = ""
    for octet in octets {
        text.append(digits[Int(octet >> 4)])
        text.append(digits[Int(octet & 0x0F)])
    }
    return text
}

/// A number in lower-case hexadecimal, with leading zeros up to `width` digits.
func hexadecimal(_ number: some BinaryInteger, width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// Whether two texts are equal, in a time that depends on their lengths alone.
func isEqualInConstantTime(_ left: String, _ right: String) -> Bool {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
