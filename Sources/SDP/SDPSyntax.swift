/// Reads a decimal number of digits only, at most 18 of them; `nil` for a sign, a blank or anything else.
func decimal(_ text: some StringProtocol) -> Int? {
    guard (1...18).contains(text.utf8.count) else { return nil }
    var number = 0
    for octet in text.utf8 {
        guard octet >= 0x30, octet <= 0x39 else { return nil }
        number = number * 10 + Int(octet - 0x30)
    }
    return number
}

/// The parts of a line between blanks; peers put several or trailing ones.
func fields(_ text: some StringProtocol, limit: Int = .max) -> [String] {
    Substring(text).split(maxSplits: limit - 1, whereSeparator: isBlank).map(String.init)
}

/// Whether an octet is a blank or a tab.
func isBlank(_ octet: UInt8) -> Bool {
    octet == 0x20 || octet == 0x09
}

/// Whether a character is a blank or a tab.
func isBlank(_ character: Character) -> Bool {
    character == " " || character == "\t"
}

extension UInt8 {
    /// The lines of a session before its first m= line, in the order of RFC 8866 §5; `t=`, `r=` and `z=` share a
    /// rank because a repeat time belongs to the time before it.
    static func sessionRank(_ type: UInt8) -> Int? {
        switch type {
        case UInt8(ascii: "i"): 0
        case UInt8(ascii: "u"): 1
        case UInt8(ascii: "e"): 2
        case UInt8(ascii: "p"): 3
        case UInt8(ascii: "c"): 4
        case UInt8(ascii: "b"): 5
        case UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "z"): 6
        case UInt8(ascii: "k"): 7
        default: nil
        }
    }

    /// The lines of a media section, in the order of RFC 8866 §5.
    static func mediaRank(_ type: UInt8) -> Int? {
        switch type {
        case UInt8(ascii: "i"): 0
        case UInt8(ascii: "c"): 1
        case UInt8(ascii: "b"): 2
        case UInt8(ascii: "k"): 3
        default: nil
        }
    }
}

extension [SDPLine] {
    /// The lines in the order of the ranks, lines of one rank as they were; lines without a rank are left out.
    func ordered(by rank: (UInt8) -> Int?) -> [SDPLine] {
        guard count > 1 else { return self }
        return (0...7).flatMap { wanted in filter { rank($0.type) == wanted } }
    }
}
