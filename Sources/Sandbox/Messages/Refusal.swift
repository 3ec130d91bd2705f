/// A final answer that is no success, with the carrier's own code at the end of its phrase (reference A10).
struct Refusal: Error, Sendable, Hashable {
    var status: Int
    var reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// The header Reason that the answer also carries; `nil`: none.
    var cause: String? {
        Self.causes[status].map { "Q.850;cause=\($0.0);text=\"\($0.1)\"" }
    }

    static let badRequestURI = Refusal(403, "Invalid Request-URI P01")
    static let strayCancel = Refusal(403, "Unexpected CANCEL P02")
    static let tagInRegister = Refusal(403, "To tag in REGISTER P04")
    static let tooManyPerSecond = Refusal(403, "Too many calls per second P05")
    static let contactTooLong = Refusal(403, "Contact too long P14")
    static let severalContacts = Refusal(403, "Only one Contact allowed R47")
    static let noUsername = Refusal(403, "Authentication user missing R14")
    static let unknownUser = Refusal(403, "Authentication user unknown R16")
    static let wrongPassword = Refusal(403, "Authentication failed R17")
    static let otherUser = Refusal(403, "Authentication user does not match R18")
    static let callRefusedCredentials = Refusal(403, "Invalid credentials D25")
    static let accountFull = Refusal(403, "Account call limit reached D1")
    static let noOutboundProfile = Refusal(403, "No outbound voice profile D38")
    static let noSIPURICalling = Refusal(403, "SIP URI calling is off D30")
    static let badCallerNumber = Refusal(403, "Invalid caller ID format D35")
    static let foreignCallerNumber = Refusal(403, "Caller ID belongs to another account D36")
    static let unverifiedCallerNumber = Refusal(403, "Unverified origination number D51")
    static let invalidDestination = Refusal(404, "Invalid Destination")
    static let noRoute = Refusal(404, "No route to destination D40")
    static let noDestination = Refusal(480, "No destination on number D21")
    static let notRegistered = Refusal(480, "User not registered RG1")
    static let transferOff = Refusal(405, "REFER is not allowed D42")
    static let encryptionMismatch = Refusal(488, "SRTP mismatch B3")
    static let notAcceptable = Refusal(488, "Not Acceptable Here")
    static let edgeFailed = Refusal(503, "Service Unavailable PE1")

    private static let causes: [Int: (Int, String)] = [
        403: (21, "CALL_REJECTED"), 404: (1, "UNALLOCATED_NUMBER"), 480: (18, "NO_USER_RESPONSE"),
        408: (102, "RECOVERY_ON_TIMER_EXPIRE"), 486: (17, "USER_BUSY"), 487: (31, "NORMAL_UNSPECIFIED"),
        488: (88, "INCOMPATIBLE_DESTINATION"), 503: (41, "NORMAL_TEMPORARY_FAILURE"), 603: (21, "CALL_REJECTED"),
    ]
}
