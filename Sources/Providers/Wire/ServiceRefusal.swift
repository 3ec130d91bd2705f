internal import Agent

/// What a service says of why it refuses: `{"error":{"message","type","code"}}`, or `error` a plain text.
struct ServiceRefusal: Equatable {
    var message = ""
    var kind = ""
    /// A text or a number, as a text.
    var code = ""

    init(body: [UInt8]) {
        self.init(json: (try? JSONValue(parsing: body)) ?? .string(String(decoding: body.prefix(400), as: UTF8.self)))
    }

    /// - Parameter json: an answer with a member `error`.
    init(json: JSONValue) {
        let error = json["error"] ?? json
        message = error["message"]?.string ?? error.string ?? json["message"]?.string ?? json["detail"]?.string ?? ""
        kind = error["type"]?.string ?? ""
        code = error["code"]?.string ?? error["code"]?.integer.map(String.init) ?? ""
    }

    var isOutOfQuota: Bool { code == "insufficient_quota" || kind == "insufficient_quota" }

    var isOverloaded: Bool {
        let known = [
            "429", "503", "529", "overloaded_error", "rate_limit_error", "rate_limit_exceeded", "server_overloaded",
            "unavailable_error",
        ]
        return known.contains(code) || known.contains(kind)
    }

    /// The message on one line, shortened, and without the key.
    func sentence(without secret: Secret?) -> String {
        let line = PrintableText.of(secret?.leftOut(of: message) ?? message)
        return line.count > 200 ? "\(line.prefix(200))…" : line
    }

    /// A refusal in the midst of an answer.
    func error(of service: String, secret: Secret?) -> ProviderError {
        let detail = sentence(without: secret)
        if isOutOfQuota { return .unavailable("The quota of this key at \(service) is used up. It says: \(detail)") }
        if isOverloaded { return .overloaded("\(service) takes no more requests at the moment. It says: \(detail)") }
        return .failed("\(service) gave up in the midst of an answer. It says: \(detail)")
    }
}
