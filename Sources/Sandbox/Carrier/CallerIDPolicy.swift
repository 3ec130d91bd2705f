import SIPCore

/// Whose number a call of the trunk may show (reference A5).
struct CallerIDPolicy: Sendable {
    /// Numbers of the account, E.164 with `+`.
    var own: Set<String>
    /// Numbers of other carriers that were shown to be the account's.
    var verified: Set<String>
    /// Numbers of other accounts.
    var foreign: Set<String>
    var isLocalised: Bool

    /// The number that is shown, E.164 with `+`: of these headers the first that is there counts, and no other.
    ///
    /// - Throws: the carrier's refusal.
    func number(of request: Request) throws(Refusal) -> String {
        let names = [
            HeaderName.pPreferredIdentity, .pAssertedIdentity, HeaderName("Remote-Party-ID"), .from,
        ]
        guard let text = names.lazy.compactMap({ request.first($0) }).first,
            let uri = try? NameAddress(parsing: text).uri, let number = TelephoneNumber(uri),
            let whole = DialledNumber.whole(number, isLocalised: isLocalised)
        else { throw .badCallerNumber }
        if own.contains(whole) || verified.contains(whole) { return whole }
        throw foreign.contains(whole) ? .foreignCallerNumber : .unverifiedCallerNumber
    }
}
