/// One binding of an address of record, as the registrar lists it in its 200 (RFC 3261 §10.2.1, §10.3 step 8).
public struct ContactBinding: Hashable, Sendable {
    /// The Contact as the registrar has it, with every parameter.
    public var address: NameAddress

    public init(address: NameAddress) {
        self.address = address
    }

    /// For how long it is bound; `nil` when the registrar does not say.
    public var expires: Duration? {
        address.parameters.value(of: "expires").flatMap(DeltaSeconds.parseWhole).map { .seconds($0) }
    }

    /// Its preference in thousandths: 1000 is the most preferred (RFC 3261 §20.10 `q`).
    public var preference: Int? { address.parameters.value(of: "q").flatMap(QValue.parse) }

    /// The URN of the device (RFC 5626 §4.1 `+sip.instance`), without quotes and angle brackets.
    public var instanceID: String? {
        address.parameters.value(of: "+sip.instance").map { text in
            text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
        }
    }

    /// Which of the device's flows it is (RFC 5626 §4.2 `reg-id`).
    public var registrationNumber: Int? { address.parameters.value(of: "reg-id").flatMap(DeltaSeconds.parseWhole) }

    /// The public GRUU of the device (RFC 5627 §3.2 `pub-gruu`).
    public var publicGRUU: SIPURI? { gruu("pub-gruu") }

    /// The temporary GRUU that was given out last (RFC 5627 §3.2 `temp-gruu`).
    public var temporaryGRUU: SIPURI? { gruu("temp-gruu") }

    private func gruu(_ name: String) -> SIPURI? {
        guard let text = address.parameters.value(of: name) else { return nil }
        return try? SIPURI(parsing: text)
    }

    /// How many bindings of one answer are read.
    static let maximum = 100

    /// The bindings that a 200 lists; what can't be read is left out.
    static func list(of response: Response) -> [ContactBinding] {
        response.list(of: .contact).prefix(maximum).compactMap { value in
            (try? NameAddress(parsing: value)).map { ContactBinding(address: $0) }
        }
    }
}
