import TelephonyPrimitives

/// Why the API refuses, in the carrier's form (reference B1).
struct APIFault: Error, Sendable, Hashable {
    var status: Int
    var code: String
    var title: String
    var detail: String
    /// What of the body is meant.
    var pointer: String?
    var headers: [String: String] = [:]

    init(_ status: Int, _ code: String, _ title: String, _ detail: String, at member: String? = nil) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        pointer = member.map { "/\($0)" }
    }

    var response: APIResponse {
        var error: [String: JSONValue] = [
            "code": .string(code), "title": .string(title), "detail": .string(detail),
        ]
        if let pointer { error["source"] = ["pointer": .string(pointer)] }
        return APIResponse(status, ["errors": [.object(error)]], headers: headers)
    }

    static let unauthorised = APIFault(
        401, "10009", "Authentication failed", "There is no API key that is known in the field Authorization.")
    static let notFound = APIFault(
        404, "10005", "Resource not found", "The requested resource or URL could not be found.")
    static let unavailable = APIFault(
        503, "10007", "Unexpected error", "An unexpected error occurred. The sandbox was told to (rest-503).")
    static let tooMany: APIFault = {
        var fault = APIFault(
            429, "10011", "Too many requests", "You have exceeded the maximum number of allowed requests.")
        fault.headers = ["x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"]
        return fault
    }()
    static let badControlID = APIFault(
        422, "90015", "Invalid Call Control ID", "The call_control_id provided was not valid.")
    static let badClientState = APIFault(
        422, "90017", "Invalid value for client_state", "The client_state has to be Base64.", at: "client_state")
    static let isOver = APIFault(422, "90018", "Call has already ended", "This call is no longer active.")
    static let isNotAnswered = APIFault(
        422, "90034", "Call not answered yet", "This call can't receive this command because it is not answered yet.")
    static let streams = APIFault(
        422, "90045", "Command not allowed while streaming", "One stream at a time is possible on a call.")
    static let isOutgoing = APIFault(
        422, "90102", "Outbound call", "An outgoing call can't be answered or rejected.")
    static let callsFull = APIFault(
        403, "90041", "Channel limit exceeded", "The number of calls at once of this account is reached.")
    static let noProfile = APIFault(
        403, "10010", "Authorization failed", "The connection has no outbound voice profile D38.", at: "connection_id")
    static let unverifiedNumber = APIFault(
        403, "10010", "Authorization failed", "Unverified origination number D51.", at: "from")

    static func invalid(_ member: String, _ detail: String) -> APIFault {
        APIFault(422, "10015", "Bad Request", detail, at: member)
    }

    static func missing(_ member: String) -> APIFault {
        APIFault(422, "10004", "Missing required parameter", "The parameter \(member) is missing.", at: member)
    }

    static func notHere(_ what: String) -> APIFault {
        APIFault(422, "10015", "Not in the sandbox", "\(what) is not done by the sandbox; the carrier may.")
    }
}
