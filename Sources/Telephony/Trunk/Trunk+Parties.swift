internal import SIPCore

/// Who calls and who is called, of a call that comes from a trunk.
extension Trunk {
    /// The caller, with the number in full; nobody for one who hides, also where the trunk has told us.
    func caller(of request: Request) -> CallParty? {
        let identity = request.caller
        guard !identity.isAnonymous else { return CallParty(address: "\(NameAddress.anonymous.uri)") }
        guard let number = identity.number else { return nil }
        // Where the name is the number once more, there is none.
        let name = identity.displayName.flatMap { TelephoneNumber($0) == nil ? $0 : nil }
        return CallParty(address: address(of: number), displayName: name)
    }

    /// The number that was dialled: the one in To, else that of the Request-URI. `nil` when neither is one.
    func called(by request: Request) -> CallParty? {
        let places = [(try? request.to)?.uri, try? URI(parsing: request.requestURIText)]
        guard let number = places.lazy.compactMap({ $0.flatMap { TelephoneNumber($0) } }).first else { return nil }
        return CallParty(address: address(of: number))
    }

    /// How a number of this trunk stands in the record.
    private func address(of number: TelephoneNumber) -> String { "\(uri(of: numbers.global(number).description))" }
}

extension Request {
    /// What the carrier calls the call; for people, so it is short and in one line, or it is left out.
    var carrierSession: String? {
        guard let value = first(HeaderName("X-Telnyx-Session-ID")), (1...64).contains(value.utf8.count),
            value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return value
    }
}
