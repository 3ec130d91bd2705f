internal import TelephonyPrimitives

/// What an X.509 certificate says, as far as SIP has to look at it (RFC 5280, RFC 5922 §7.1).
struct CertificateFields: Hashable, Sendable {
    enum Key: Hashable, Sendable {
        case rsa(bits: Int)
        case elliptic(bits: Int)
        case other
    }

    /// Whether issuer and subject are one.
    var isSelfIssued: Bool
    /// In the order in which they stand; the last is the most specific.
    var commonNames: [String] = []
    var issuer: String
    /// Seconds since 1970; `nil` when a date can't be read.
    var notBefore: Int64?
    var notAfter: Int64?
    var key: Key
    /// The point of a key on P-256, uncompressed: 65 octets.
    var point: [UInt8]?
    /// Whether it is signed over MD5 or SHA-1.
    var isWeaklySigned: Bool
    var hasAlternativeNames = false
    var domainNames: [String] = []
    var uris: [String] = []
    var addresses: [IPAddress] = []

    private static let maximumNames = 512

    /// Reads a certificate; `nil` when it is none.
    init?(der: [UInt8]) {
        var outer = DERReader(der[...])
        guard let certificate = outer.next(DERReader.sequence) else { return nil }
        var parts = certificate.inside
        guard let signed = parts.next(DERReader.sequence), let algorithm = parts.next(DERReader.sequence) else {
            return nil
        }
        var fields = signed.inside
        _ = fields.next(0xA0)  // the version
        guard fields.next(DERReader.integer) != nil, fields.next(DERReader.sequence) != nil,
            let issuer = fields.next(DERReader.sequence), let validity = fields.next(DERReader.sequence),
            let subject = fields.next(DERReader.sequence), let key = fields.next(DERReader.sequence)
        else { return nil }
        isSelfIssued = issuer.whole.elementsEqual(subject.whole)
        commonNames = Self.commonNames(of: subject)
        self.issuer = Self.commonNames(of: issuer).last ?? "an issuer without a name"
        var dates = validity.inside
        notBefore = dates.next().flatMap(Self.seconds)
        notAfter = dates.next().flatMap(Self.seconds)
        self.key = Self.key(key)
        point = Self.point(key)
        var signature = algorithm.inside
        isWeaklySigned =
            signature.next(DERReader.objectIdentifier).map { Self.weak.contains(Array($0.content)) } ?? true
        _ = fields.next(0x81)
        _ = fields.next(0xA1)
        _ = fields.next(0x82)
        _ = fields.next(0xA2)
        if let wrapped = fields.next(0xA3) { readExtensions(wrapped) }
    }

    private mutating func readExtensions(_ wrapped: DERReader.Element) {
        var wrapper = wrapped.inside
        guard let list = wrapper.next(DERReader.sequence) else { return }
        var extensions = list.inside
        while let one = extensions.next(DERReader.sequence) {
            var parts = one.inside
            guard let name = parts.next(DERReader.objectIdentifier),
                name.content.elementsEqual([0x55, 0x1D, 0x11])  // subjectAltName
            else { continue }
            _ = parts.next(0x01)  // whether it is critical
            guard let value = parts.next(0x04) else { continue }
            hasAlternativeNames = true
            var octets = value.inside
            guard let names = octets.next(DERReader.sequence) else { continue }
            readNames(names.inside)
        }
    }

    private mutating func readNames(_ names: DERReader) {
        var names = names
        var left = Self.maximumNames
        while left > 0, let name = names.next() {
            left -= 1
            switch name.tag {
            case 0x82: if let text = Self.visible(name.content) { domainNames.append(text) }
            case 0x86: if let text = Self.visible(name.content) { uris.append(text) }
            case 0x87: if let address = Self.address(name.content) { addresses.append(address) }
            default: break
            }
        }
    }

    /// Text of printable ASCII. Anything else, a NUL above all, could pass for another name somewhere.
    private static func visible(_ octets: ArraySlice<UInt8>) -> String? {
        guard !octets.isEmpty, octets.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func address(_ octets: ArraySlice<UInt8>) -> IPAddress? {
        switch octets.count {
        case 4: return .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            let high = octets.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return .v6(high, octets.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    private static func commonNames(of name: DERReader.Element) -> [String] {
        var names: [String] = []
        var sets = name.inside
        while let set = sets.next(DERReader.set) {
            var attributes = set.inside
            while let attribute = attributes.next(DERReader.sequence) {
                var parts = attribute.inside
                guard let type = parts.next(DERReader.objectIdentifier),
                    type.content.elementsEqual([0x55, 0x04, 0x03]), let value = parts.next()
                else { continue }
                // Only the string types whose octets are their characters.
                guard [0x0C, 0x13, 0x14, 0x16].contains(value.tag), !value.content.contains(0) else { continue }
                names.append(String(decoding: value.content, as: UTF8.self))
            }
        }
        return names
    }

    private static func key(_ info: DERReader.Element) -> Key {
        var parts = info.inside
        guard let algorithm = parts.next(DERReader.sequence), let bits = parts.next(DERReader.bitString) else {
            return .other
        }
        var names = algorithm.inside
        guard let name = names.next(DERReader.objectIdentifier)?.content else { return .other }
        if name.elementsEqual([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]) {
            var outer = DERReader(bits.content.dropFirst())
            guard var numbers = outer.next(DERReader.sequence)?.inside,
                let modulus = numbers.next(DERReader.integer)?.content.drop(while: { $0 == 0 }), let top = modulus.first
            else { return .other }
            return .rsa(bits: modulus.count * 8 - top.leadingZeroBitCount)
        }
        if name.elementsEqual([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]) {
            // An uncompressed point: one octet of padding, one of form, then both coordinates.
            return .elliptic(bits: max(0, bits.content.count - 2) * 4)
        }
        return .other
    }

    /// The point of an uncompressed key on P-256 (RFC 5480 §2.1.1, §2.2).
    private static func point(_ info: DERReader.Element) -> [UInt8]? {
        var parts = info.inside
        guard var names = parts.next(DERReader.sequence)?.inside, let bits = parts.next(DERReader.bitString)?.content,
            names.next(DERReader.objectIdentifier)?.content.elementsEqual([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
                == true,
            names.next(DERReader.objectIdentifier)?.content
                .elementsEqual([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) == true,
            bits.count == 66, bits.first == 0
        else { return nil }
        return Array(bits.dropFirst())
    }

    /// UTCTime and GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows for each.
    private static func seconds(_ time: DERReader.Element) -> Int64? {
        var digits = Array(time.content)
        guard digits.popLast() == 0x5A, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        var numbers: [Int64] = []
        var rest = digits[...]
        func two() -> Int64 {
            let pair = rest.prefix(2)
            rest = rest.dropFirst(2)
            return pair.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        let year: Int64
        switch (time.tag, digits.count) {
        case (0x17, 12):
            let short = two()
            year = short < 50 ? 2000 + short : 1900 + short
        case (0x18, 14):
            let century = two()
            year = century * 100 + two()
        default: return nil
        }
        while !rest.isEmpty { numbers.append(two()) }
        guard numbers.count == 5, (1...12).contains(numbers[0]), (1...31).contains(numbers[1]) else { return nil }
        // Days since 1970 in the Gregorian calendar, with years that begin in March.
        let shifted = numbers[0] > 2 ? year : year - 1
        let month = (numbers[0] + 9) % 12
        let days =
            shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (month * 306 + 5) / 10 + numbers[1] - 1
            - 719_468
        return ((days * 24 + numbers[2]) * 60 + numbers[3]) * 60 + numbers[4]
    }

    /// Signatures over MD2, MD5 and SHA-1 with RSA, and SHA-1 with ECDSA and DSA.
    private static let weak: Set<[UInt8]> = [
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x02], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x04],
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05], [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01],
        [0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x03],
    ]
}
