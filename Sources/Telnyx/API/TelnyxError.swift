internal import TelephonyPrimitives

/// Why a request to Telnyx came to nothing. Every description says what to do.
public enum TelnyxError: Error, Hashable, CustomStringConvertible {
    /// It was not sent, since Telnyx would refuse it.
    case invalid(String)
    /// Telnyx refused it.
    case refused(Refusal)
    /// No connection, so it was not taken.
    case unreachable(String)
    /// No answer in time, or the connection broke: nobody knows whether it was done.
    case unanswered(String)
    /// An answer that can't be read.
    case unreadable(String)
    /// The task was cancelled.
    case cancelled

    public var description: String {
        switch self {
        case .invalid(let reason), .unreachable(let reason), .unanswered(let reason), .unreadable(let reason): reason
        case .refused(let refusal): refusal.description
        case .cancelled: "The request was cancelled."
        }
    }

    /// Whether the leg is over, so that there is nothing left to command; with ``HangupCommand`` that is what was wanted.
    public var isCallOver: Bool {
        guard case .refused(let refusal) = self else { return false }
        return refusal.faults.contains { $0.code == FaultCode.callEnded.rawValue }
    }
}

/// An answer of Telnyx that says no.
public struct Refusal: Sendable, Hashable, CustomStringConvertible {
    public var status: Int
    /// At most 20.
    public var faults: [Fault]
    public var rateLimit: TelnyxRateLimit?

    /// One reason.
    public struct Fault: Sendable, Hashable {
        /// E.g. `90018`.
        public var code: String
        public var title: String
        public var detail: String
        /// The member of the body or the parameter that it is about, e.g. `/to`.
        public var place: String?

        /// What is known of the code.
        public var known: FaultCode? { FaultCode(rawValue: code) }
    }

    /// - Parameters:
    ///   - answer: with a status other than 2xx.
    ///   - secret: what must not be shown, should Telnyx repeat it.
    init(_ answer: TelnyxAnswer, without secret: Secret) {
        status = answer.status
        rateLimit = answer.rateLimit
        func text(_ json: JSONValue?) -> String {
            let line = secret.leftOut(of: json?.looseText ?? "").map {
                $0.isNewline || $0.isASCII && $0 < " " ? " " : $0
            }
            return String(line.prefix(300))
        }
        let json = try? JSONValue(parsing: answer.body.prefix(1 << 16))
        faults = (json?["errors"]?.array ?? []).prefix(20).map { error in
            let source = error["source"]
            return Fault(
                code: text(error["code"]), title: text(error["title"]), detail: text(error["detail"]),
                place: (source?["pointer"] ?? source?["parameter"])?.filledText.map { text(.string($0)) })
        }
    }

    public var description: String {
        var sentence = "Telnyx refused (\(status)"
        guard let fault = faults.first else { return sentence + "). " + advice }
        sentence += ", code \(fault.code.isEmpty ? "none" : fault.code)): "
        sentence += fault.known?.meaning ?? (fault.detail.isEmpty ? fault.title : fault.detail)
        if !sentence.hasSuffix(".") { sentence += "." }
        if fault.known != nil, !fault.detail.isEmpty { sentence += " It says: \(fault.detail)" }
        if let place = fault.place { sentence += " (at \(place))" }
        return sentence + " " + (fault.known?.advice ?? advice)
    }

    private var advice: String {
        switch status {
        case 400, 422: "Check the parameters of the command."
        case 401: "Check the API key (portal, Keys & Credentials, API Keys): it has to be a key of API v2, and active."
        case 403: "Check that the account is verified and may do this, and its balance."
        case 404: "Check the identifier: it is not known, or of another account."
        case 408, 429: "Ask less often, or again later."
        case 500...: "Try again; if it stays so, look at status.telnyx.com."
        default: "Check the address of the API."
        }
    }
}
