/// The elements of an RTP header extension in the forms of RFC 8285, read where they are.
///
/// What breaks the format ends the row: the elements before it count, and so does the packet (RFC 8285 §4.2, §4.3).
public struct RTPHeaderExtensions: Sendable, Sequence {
    /// The profile of the form with one octet before each element.
    public static let oneOctetProfile: UInt16 = 0xBEDE
    /// The profile of the form with two, with the application bits of 0.
    public static let twoOctetProfile: UInt16 = 0x1000

    /// One element of a header extension (RFC 8285 §4.1.1).
    public struct Element: Sendable, Equatable {
        /// 1 to 14 in the form with one octet, 1 to 255 in that with two.
        public var id: UInt8
        /// The content: up to 16 octets in the form with one octet, up to 255 in that with two.
        public var octets: ArraySlice<UInt8>

        /// - Parameters:
        ///   - id: as `a=extmap` says, 1 to 255.
        ///   - octets: the content.
        public init(id: UInt8, octets: ArraySlice<UInt8>) {
            self.id = id
            self.octets = octets
        }
    }

    private let form: Form
    private let octets: ArraySlice<UInt8>

    /// `nil` when the extension is of another profile.
    public init?(_ headerExtension: RTPHeaderExtension) {
        guard let form = Form(profile: headerExtension.profile) else { return nil }
        self.form = form
        octets = headerExtension.octets
    }

    /// The octets of the first element with an identifier.
    public subscript(id: UInt8) -> ArraySlice<UInt8>? {
        for element in self where element.id == id { return element.octets }
        return nil
    }

    /// Begins at the first element.
    public func makeIterator() -> Iterator { Iterator(form: form, octets: octets) }

    /// Goes from element to element; padding is passed over.
    public struct Iterator: IteratorProtocol {
        fileprivate let form: Form
        fileprivate let octets: ArraySlice<UInt8>
        private var position = 0

        fileprivate init(form: Form, octets: ArraySlice<UInt8>) {
            self.form = form
            self.octets = octets
        }

        /// The next element; `nil` at the end, or where the format is broken.
        public mutating func next() -> Element? {
            guard let (id, range) = form.next(in: octets.span, from: position) else {
                position = octets.count
                return nil
            }
            position = range.upperBound
            let start = octets.startIndex
            return Element(id: id, octets: octets[(start + range.lowerBound)..<(start + range.upperBound)])
        }
    }

    /// How elements are written.
    enum Form: Sendable {
        case oneOctet
        case twoOctets

        init?(profile: UInt16) {
            switch profile {
            case RTPHeaderExtensions.oneOctetProfile: self = .oneOctet
            // The lowest four bits are the application's.
            case let profile where profile & 0xFFF0 == RTPHeaderExtensions.twoOctetProfile: self = .twoOctets
            default: return nil
            }
        }

        /// The next element at or behind a position; `nil` at the end of the row.
        func next(in octets: Span<UInt8>, from position: Int) -> (id: UInt8, range: Range<Int>)? {
            var start = position
            // Zeros fill up.
            while start < octets.count, octets[start] == 0 { start += 1 }
            guard start < octets.count else { return nil }
            let id: UInt8
            let length: Int
            switch self {
            case .oneOctet:
                id = octets[start] >> 4
                length = Int(octets[start] & 0x0F) + 1
                // 15 ends the row; 0 with a length is no padding.
                guard (1...14).contains(id) else { return nil }
                start += 1
            case .twoOctets:
                guard start + 1 < octets.count else { return nil }
                id = octets[start]
                length = Int(octets[start + 1])
                start += 2
            }
            guard length <= octets.count - start else { return nil }
            return (id, start..<(start + length))
        }

        /// The octets of the first element with an identifier.
        func range(of id: UInt8, in octets: Span<UInt8>) -> Range<Int>? {
            var position = 0
            while let element = next(in: octets, from: position) {
                if element.id == id { return element.range }
                position = element.range.upperBound
            }
            return nil
        }
    }
}

extension RTPHeaderExtension {
    /// An extension of elements, in the form with one octet where they all fit in it (RFC 8285 §4.2), else in that with
    /// two (§4.3). Elements with the identifier 0 are left out, long ones are cut to 255 octets; `nil` when none is left.
    public init?(elements: some Collection<RTPHeaderExtensions.Element>) {
        let elements = elements.filter { $0.id != 0 }
        guard !elements.isEmpty else { return nil }
        let isShort = elements.allSatisfy { $0.id <= 14 && (1...16).contains($0.octets.count) }
        var octets: [UInt8] = []
        for element in elements {
            let content = element.octets.prefix(255)
            if isShort {
                octets.append(element.id << 4 | UInt8(content.count - 1))
            } else {
                octets.append(element.id)
                octets.append(UInt8(content.count))
            }
            octets.append(contentsOf: content)
        }
        while octets.count % 4 != 0 { octets.append(0) }
        self.init(
            profile: isShort ? RTPHeaderExtensions.oneOctetProfile : RTPHeaderExtensions.twoOctetProfile,
            octets: octets[...])
    }
}
