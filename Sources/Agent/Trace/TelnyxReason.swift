internal import Telephony

/// Why Telnyx refused a call, by the code at the end of its reason phrase: `403 Unverified origination number D51`.
package struct TelnyxReason: Equatable {
    /// E.g. `D51`.
    package let code: String
    /// What it means, in a sentence.
    package let sentence: String
    /// What to do.
    package let fix: String

    /// - Parameter phrase: the reason phrase of a response.
    /// - Returns: `nil` when it ends with no code that is known.
    package init?(phrase: String) {
        guard let last = phrase.split(separator: " ").last, let code = Self.code(last),
            let (sentence, fix) = Self.meaning(code.letters, code.number)
        else { return nil }
        self.code = String(last)
        self.sentence = sentence
        self.fix = fix
    }

    /// One or two capitals and one or two digits.
    private static func code(_ text: Substring) -> (letters: String, number: Int)? {
        let letters = text.prefix { ("A"..."Z").contains($0) }
        let digits = text.dropFirst(letters.count)
        guard (1...2).contains(letters.count), (1...2).contains(digits.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
        else { return nil }
        return (String(letters), number)
    }

    private static func meaning(_ letters: String, _ number: Int) -> (String, String)? {
        switch letters {
        case "D": denied(number)
        case "P": protocolFault(number)
        case "R": registrar(number)
        case "RG" where number == 1:
            ("Nobody is registered there.", "Check that the trunk of whoever is called is registered.")
        case "PE" where (1...6).contains(number), "TV" where number == 1:
            (
                "Telnyx found no carrier that takes the call.",
                "Call again later, or add a second trunk under `trunks`; check that `from` is a number of yours, for a foreign "
                    + "caller ID is refused so, too."
            )
        case "TM" where number == 1:
            ("Telnyx has no price for this destination.", "Ask Telnyx whether the number can be called at all.")
        case "B" where number == 3:
            (
                "One side wants encrypted sound and the other offers it plain.",
                "Set `srtp` of the trunk to required where the connection at Telnyx has SRTP, else to off."
            )
        default: nil
        }
    }

    private static func denied(_ number: Int) -> (String, String)? {
        switch number {
        case 1, 2, 3, 22:
            let whose = [1: "account", 2: "outbound voice profile", 3: "connection"][number] ?? "number"
            return (
                "As many calls are up as the \(whose) may have at once.",
                "Raise its limit at Telnyx (new accounts may have 2), or lower `outbound.maximum`; call again in some seconds."
            )
        case 5, 56:
            return ("The limit of its channel billing is reached.", "Add channels at Telnyx, or call again later.")
        case 7, 38:
            return (
                "No outbound voice profile is attached to the connection.",
                "Attach one to the connection in the Telnyx portal."
            )
        case 8: return ("The caller ID has no emergency address.", "Enter one for the number in the Telnyx portal.")
        case 9: return ("The limit for international calls is reached.", "Raise it in the outbound voice profile.")
        case 10...17:
            return (
                "The account, its connection or its outbound voice profile is switched off.",
                "Switch it on in the Telnyx portal."
            )
        case 18: return ("The connection is switched off.", "Switch it on in the Telnyx portal.")
        case 19: return ("The account is blocked.", "Check its balance and messages in the Telnyx portal.")
        case 21: return ("The number leads nowhere.", "Assign the number to a connection in the Telnyx portal.")
        case 24:
            return ("The call costs more than the outbound voice profile allows.", "Raise its maximum rate at Telnyx.")
        case 25...29:
            return (
                "Telnyx does not know whose call this is.",
                "Check `username` and `password_env`, or with `auth: ip` that our address is that of the connection."
            )
        case 30, 31:
            return ("The SIP address or its subdomain is not one at Telnyx.", "Check the address that is called.")
        case 35:
            return (
                "The caller ID is not written as a full number.",
                "Write `from` of the trunk with + and the country, such as \"+15551234567\"."
            )
        case 36:
            return ("The caller ID is a number of another account.", "Set `from` of the trunk to a number of yours.")
        case 40: return ("No route leads to the number.", "Check the number; it is written with + and the country.")
        case 41:
            return (
                "Calls to this country or prefix are barred.", "Allow it in the outbound voice profile at Telnyx."
            )
        case 42:
            return (
                "Putting callers through by REFER is switched off.",
                "Allow transfers for the connection at Telnyx, or use `kind: attended` under `transfers`."
            )
        case 51:
            return (
                "The caller ID is a number that Telnyx does not know to be yours.",
                "Verify the number in the Telnyx portal, or set `from` of the trunk to a Telnyx number of yours."
            )
        case 49, 52, 53, 54, 60...65:
            return (
                "The number or the account lacks a verification that this call needs.",
                "Look at what Telnyx wants verified in its portal, and set `from` to a number that is."
            )
        case 57:
            return ("HD voice is off for the number.", "Take AMR-WB and Opus out, or switch HD voice on at Telnyx.")
        case 59: return ("The number is too short to be called.", "Write it with + and the country.")
        default: return nil
        }
    }

    private static func protocolFault(_ number: Int) -> (String, String)? {
        switch number {
        case 5, 6:
            return (
                "Calls came faster than Telnyx takes them, or a message was too large.",
                "Lower `calls_per_second` of the trunk; leave out header fields of your own."
            )
        case 4: return ("A REGISTER had a tag in To.", "This is ours to mend: report it, with `trunkline calls trace`.")
        case 14...16, 51:
            return ("Our Contact is longer than Telnyx takes.", "Use a shorter `username`, or tell us, with the trace.")
        case 1...3, 17, 18, 29, 81...83, 93:
            return (
                "Telnyx found a fault in our request.",
                "Check the number that is called and `username`; a proxy between may have changed the request."
            )
        default: return nil
        }
    }

    private static func registrar(_ number: Int) -> (String, String)? {
        switch number {
        case 14, 16...18:
            return (
                "The user name or the password is missing, unknown, or not that of the connection.",
                "Write `username` and the password exactly as the connection has them in the Telnyx portal."
            )
        case 47:
            return (
                "The registration had several Contacts.",
                "Telnyx takes one: a proxy between us may have added another; register directly."
            )
        default: return nil
        }
    }
}

extension DiagnosisFacts {
    /// Why Telnyx refused the call; `nil` when it was not Telnyx, or gave no code.
    var telnyxReason: TelnyxReason? {
        guard refusal != nil else { return nil }
        let isTelnyx =
            call.remote.lowercased().contains("telnyx")
            || messages.contains { message in
                guard let outline = message.outline else { return false }
                return outline.fields.contains { $0.name == "Server" && $0.value.hasPrefix("Telnyx") }
            }
        guard isTelnyx else { return nil }
        let phrase = refusals.last { $0.status == refusal }?.reason ?? call.explanation ?? ""
        return TelnyxReason(phrase: phrase)
    }

    /// What to say of it.
    func finding(_ reason: TelnyxReason, status: Int, evidence: String) -> CallFinding {
        let kind: CallFinding.Kind =
            switch status {
            case 404: .noSuchNumber
            case 480: .notReached
            case 486: .busy
            case 488: .encryptionRequired
            case 500...599: .otherSideFailed
            default: .forbidden
            }
        return CallFinding(kind: kind, sentence: reason.sentence, evidence: evidence, fix: reason.fix)
    }
}
