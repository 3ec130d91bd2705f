/// Header fields that an order wants in its INVITE: names of applications' own, and values that stay values.
enum HeaderWish {
    private static let maximumCount = 20
    private static let longestName = 64
    private static let longestValue = 256

    /// The member `headers`, in the order of the names.
    static func read(_ fields: BodyFields) throws(Problem) -> [(name: String, value: String)] {
        let members = try fields.plainTexts("headers", atMost: maximumCount, length: longestValue)
        var headers: [(name: String, value: String)] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard isName(name) else {
                throw Problem(
                    422, "bad_header",
                    "\"headers\" takes names that begin with X-, of letters, digits and -; not \"\(name.prefix(64))\".")
            }
            guard isValue(value) else {
                throw Problem(
                    422, "bad_header",
                    "\"headers.\(name)\" holds something else than visible ASCII characters and single blanks.")
            }
            guard !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw Problem(422, "bad_header", "\"headers\" has \(name) twice.")
            }
            headers.append((name, value))
        }
        return headers
    }

    /// `X-…`: what a server or we ourselves go by begins otherwise.
    static func isName(_ name: String) -> Bool {
        let octets = Array(name.utf8)
        guard octets.count > 2, octets.count <= longestName, name.lowercased().hasPrefix("x-") else { return false }
        return octets.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// What comes back as it was sent: no line end, no control character, no blank at either end or beside another.
    static func isValue(_ value: String) -> Bool {
        let octets = Array(value.utf8)
        let blank = UInt8(ascii: " ")
        guard !octets.isEmpty, octets.count <= longestValue, octets.first != blank, octets.last != blank else {
            return false
        }
        return octets.allSatisfy { (0x20...0x7E).contains($0) } && !value.contains("  ")
    }
}
