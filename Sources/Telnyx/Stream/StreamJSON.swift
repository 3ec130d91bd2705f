internal import TelephonyPrimitives

/// What the messages of both directions have in common.
enum StreamJSON {
    static func parse(_ text: [UInt8]) throws(StreamMessageError) -> JSONValue {
        guard text.count <= StreamMessage.maximumOctets else { throw .tooLong(text.count) }
        do throws(JSONError) {
            return try JSONValue(parsing: text)
        } catch {
            throw .notJSON("\(error)")
        }
    }

    static func payload(_ media: JSONValue?) throws(StreamMessageError) -> [UInt8] {
        guard let text = media?["payload"]?.string else { throw .missing("media.payload") }
        guard let octets = Base64Text.octets(of: text) else { throw .badPayload }
        return octets
    }

    static func markName(_ json: JSONValue) throws(StreamMessageError) -> String {
        guard let name = json["mark"]?["name"]?.looseText else { throw .missing("mark.name") }
        guard (1...StreamMessage.maximumMarkName).contains(name.utf8.count) else { throw .badMark }
        return name
    }
}
