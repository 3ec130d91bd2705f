internal import Agent

/// A message of JSON-RPC 2.0, as the Model Context Protocol uses it.
enum MCPMessage: Equatable {
    case request(id: JSONValue, method: String, parameters: JSONValue?)
    case notification(method: String, parameters: JSONValue?)
    case result(id: JSONValue, JSONValue)
    case failure(id: JSONValue, code: Int, sentence: String)

    /// `nil` for what is no such message.
    init?(_ json: JSONValue) {
        guard json["jsonrpc"] == "2.0" else { return nil }
        let id: JSONValue? =
            switch json["id"] {
            case .string(let text)?: .string(text)
            case .number(let number)?: .number(number)
            default: nil
            }
        if let method = json["method"]?.string {
            self =
                if let id {
                    .request(id: id, method: method, parameters: json["params"])
                } else {
                    .notification(method: method, parameters: json["params"])
                }
        } else if let id, let result = json["result"] {
            self = .result(id: id, result)
        } else if let id, let error = json["error"]?.object {
            self = .failure(id: id, code: error["code"]?.integer ?? 0, sentence: error["message"]?.string ?? "")
        } else {
            return nil
        }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["jsonrpc": "2.0"]
        switch self {
        case .request(let id, let method, let parameters):
            members["id"] = id
            members["method"] = .string(method)
            members["params"] = parameters
        case .notification(let method, let parameters):
            members["method"] = .string(method)
            members["params"] = parameters
        case .result(let id, let result):
            members["id"] = id
            members["result"] = result
        case .failure(let id, let code, let sentence):
            members["id"] = id
            members["error"] = ["code": .number(Double(code)), "message": .string(sentence)]
        }
        return .object(members)
    }

    /// The number of a request of ours, or of its answer.
    var number: Int? {
        switch self {
        case .request(let id, _, _), .result(let id, _), .failure(let id, _, _): id.integer
        case .notification: nil
        }
    }
}
