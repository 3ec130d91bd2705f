internal import Agent

/// The members of a request's JSON object, each read by its kind; what is wrong is named.
struct BodyFields {
    private let members: [String: JSONValue]

    /// - Parameter known: the members that there may be.
    init(_ request: APIRequest, known: [String]) throws(Problem) {
        let type = request.header("content-type")?.split(separator: ";").first.map {
            $0.lowercased().filter { !$0.isWhitespace }
        }
        guard type == "application/json" else {
            throw Problem(415, "not_json", "Send the body as JSON, with the header Content-Type: application/json.")
        }
        guard String(validating: request.body, as: UTF8.self) != nil else {
            throw Problem(400, "not_json", "The body is no UTF-8.")
        }
        guard Self.isShallow(request.body), let value = try? JSONValue(parsing: request.body) else {
            throw Problem(400, "not_json", "The body is no JSON, or is nested more than \(Self.maximumDepth) deep.")
        }
        guard let members = value.object else {
            throw Problem(400, "not_an_object", "The body is to be a JSON object, in braces.")
        }
        try self.init(members, known: known)
    }

    private init(_ members: [String: JSONValue], known: [String]) throws(Problem) {
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw Problem(
                400, "unknown_member",
                "There is no member \"\(stranger.prefix(60))\"; there are \(known.joined(separator: ", ")).")
        }
        self.members = members
    }

    private static let maximumDepth = 8

    /// Whether brackets are nested no deeper than any request of ours needs: the parser goes down as far as it is led.
    private static func isShallow(_ octets: [UInt8]) -> Bool {
        var depth = 0
        var isText = false
        var isEscaped = false
        for octet in octets {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if octet == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if octet == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch octet {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > maximumDepth { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return true
    }

    // MARK: Members

    /// Text that has to be there.
    func text(_ name: String, atMost length: Int) throws(Problem) -> String {
        guard let text = try optionalText(name, atMost: length) else {
            throw Problem(400, "missing_member", "\"\(name)\" is missing.")
        }
        return text
    }

    func optionalText(_ name: String, atMost length: Int) throws(Problem) -> String? {
        guard let value = members[name] else { return nil }
        return try Self.text(value, name, atMost: length)
    }

    /// A whole number.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = members[name] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw Problem(
                400, "bad_member",
                "\"\(name)\" is to be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Objects in a list.
    func objects(_ name: String, atMost count: Int, known: [String]) throws(Problem) -> [BodyFields] {
        var objects: [BodyFields] = []
        for element in try list(name, atMost: count) {
            guard let members = element.object else {
                throw Problem(400, "bad_member", "\"\(name)\" is to be a list of objects.")
            }
            objects.append(try BodyFields(members, known: known))
        }
        return objects
    }

    /// Texts in a list.
    func list(_ name: String, atMost count: Int, length: Int) throws(Problem) -> [String] {
        var texts: [String] = []
        for element in try list(name, atMost: count) { texts.append(try Self.text(element, name, atMost: length)) }
        return texts
    }

    private func list(_ name: String, atMost count: Int) throws(Problem) -> [JSONValue] {
        guard let list = members[name]?.array, (1...count).contains(list.count) else {
            throw Problem(400, "bad_member", "\"\(name)\" is to be a list of 1 to \(count).")
        }
        return list
    }

    /// The members of an object; `nil` when it is not there.
    func object(_ name: String, known: [String]) throws(Problem) -> BodyFields? {
        guard let value = members[name] else { return nil }
        guard let members = value.object else {
            throw Problem(400, "bad_member", "\"\(name)\" is to be an object.")
        }
        return try BodyFields(members, known: known)
    }

    /// Texts by name.
    func texts(_ name: String, atMost count: Int, length: Int) throws(Problem) -> [String: String] {
        guard let value = members[name] else { return [:] }
        guard let object = value.object, object.count <= count else {
            throw Problem(400, "bad_member", "\"\(name)\" is to be an object of at most \(count) texts.")
        }
        var texts: [String: String] = [:]
        for (key, value) in object {
            guard !key.isEmpty, key.utf8.count <= 40, key.utf8.allSatisfy(Self.isNameOctet) else {
                throw Problem(
                    400, "bad_member",
                    "\"\(name)\" has a member \"\(key.prefix(40))\": names have up to 40 letters a-z, digits and _.")
            }
            texts[key] = try Self.text(value, "\(name).\(key)", atMost: length)
        }
        return texts
    }

    /// Texts by names of any form.
    func plainTexts(_ name: String, atMost count: Int, length: Int) throws(Problem) -> [String: String] {
        guard let value = members[name] else { return [:] }
        guard let object = value.object, object.count <= count else {
            throw Problem(400, "bad_member", "\"\(name)\" is to be an object of at most \(count) texts.")
        }
        var texts: [String: String] = [:]
        for (key, value) in object { texts[key] = try Self.text(value, "\(name).\(key.prefix(64))", atMost: length) }
        return texts
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func text(_ value: JSONValue, _ name: String, atMost length: Int) throws(Problem) -> String {
        guard let text = value.string else {
            throw Problem(400, "bad_member", "\"\(name)\" is to be a text.")
        }
        guard !text.isEmpty, text.unicodeScalars.count <= length else {
            throw Problem(400, "bad_member", "\"\(name)\" is to have 1 to \(length) characters.")
        }
        return text
    }
}
