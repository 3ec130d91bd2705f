import TelephonyPrimitives

/// The members of a command's body, with the faults that wrong ones are.
struct Members {
    let values: [String: JSONValue]

    /// - Throws: a fault when it is no JSON object. No octets at all are an empty one.
    init(_ body: [UInt8]) throws(APIFault) {
        guard !body.isEmpty else {
            values = [:]
            return
        }
        guard let object = (try? JSONValue(parsing: body))?.object else {
            throw APIFault(400, "10015", "Bad Request", "The body is no JSON object.")
        }
        values = object.filter { $0.value != .null }
    }

    init(_ values: [String: JSONValue]) { self.values = values }

    func text(_ name: String) throws(APIFault) -> String? {
        guard let value = values[name] else { return nil }
        guard let text = value.string else { throw .invalid(name, "The parameter \(name) has to be a text.") }
        return text
    }

    func needed(_ name: String) throws(APIFault) -> String {
        guard let text = try text(name), !text.isEmpty else { throw .missing(name) }
        return text
    }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(APIFault) -> Int? {
        guard let value = values[name] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw .invalid(
                name, "The parameter \(name) has to be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func flag(_ name: String) throws(APIFault) -> Bool? {
        guard let value = values[name] else { return nil }
        guard let flag = value.bool else { throw .invalid(name, "The parameter \(name) has to be true or false.") }
        return flag
    }

    /// One of several words.
    func word(_ name: String, _ words: [String]) throws(APIFault) -> String? {
        guard let text = try text(name) else { return nil }
        guard words.contains(text) else {
            throw .invalid(name, "The parameter \(name) has to be one of \(words.joined(separator: ", ")).")
        }
        return text
    }

    /// Pairs of name and value.
    func pairs(_ name: String) throws(APIFault) -> [(name: String, value: String)] {
        guard let value = values[name] else { return [] }
        guard let list = value.array else { throw .invalid(name, "The parameter \(name) has to be a list.") }
        var pairs: [(name: String, value: String)] = []
        for entry in list.prefix(64) {
            guard let key = entry["name"]?.string, let value = entry["value"]?.string else {
                throw .invalid(name, "Each of \(name) has to have a name and a value, both texts.")
            }
            pairs.append((key, value))
        }
        return pairs
    }

    /// `client_state`: Base64.
    func state(_ name: String = "client_state") throws(APIFault) -> String? {
        guard let value = values[name] else { return nil }
        guard let text = value.string, Base64.octets(text) != nil else { throw .badClientState }
        return text
    }

    /// A web address.
    func address(_ name: String, _ schemes: [String] = ["http://", "https://"]) throws(APIFault) -> String? {
        guard let text = try text(name) else { return nil }
        guard schemes.contains(where: { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }),
            text.utf8.count <= 2_048,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw .invalid(name, "The parameter \(name) has to begin with \(schemes.joined(separator: " or ")).")
        }
        return text
    }
}
