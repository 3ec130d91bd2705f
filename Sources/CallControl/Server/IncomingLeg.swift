package import Telephony
package import TelephonyPrimitives
internal import Telnyx

/// A call that rings under Call Control and is not answered yet. Leaving it alone refuses it.
package struct IncomingLeg: Sendable {
    /// Whether the caller's number is right, as Telnyx found (SHAKEN); what the caller's own headers say counts for nothing.
    package struct Verification: Sendable, Equatable {
        /// `nil`: Telnyx does not say.
        package var isValid: Bool?
        /// `A`, `B` or `C`.
        package var attestation: String?
    }

    /// The identifier that its ``Call`` will have.
    package let id: CallIdentifier
    package let remote: CallParty
    package let local: CallParty
    /// When its webhook was taken, on the clock of the loops.
    package let began: Instant
    package let verification: Verification
    /// What Telnyx calls the call and the leg, for its support and its interface.
    package let session: String?
    package let leg: String?
    /// By a TeXML application, and not by Call Control.
    package let isTeXML: Bool
    let server: CallControlServer

    /// Answers, waits for the media stream, and runs `body` while the call is up; hangs up when it returns or throws.
    ///
    /// - Parameter note: gets what is worth keeping in the call's record: a kind and a sentence.
    /// - Throws: ``CallError/ended(_:)`` when there is no call in the end; else what `body` throws.
    package func answer<Result: Sendable>(
        note: @escaping @Sendable (_ kind: String, _ detail: String) -> Void = { _, _ in },
        _ body: @Sendable (any Call) async throws -> Result
    ) async throws -> Result {
        let call = try await server.answer(id, note: note)
        do {
            let result = try await body(call)
            await call.hangUp(reason: .normal)
            return result
        } catch {
            await call.hangUp(reason: error is CancellationError ? .shutdown : .failure)
            throw error
        }
    }

    /// Refuses the call: busy.
    package func refuse() async { await server.refuse(id) }
}

extension IncomingLeg {
    init(
        _ id: CallIdentifier, _ beginning: LegBeginning, _ reference: LegReference, isTeXML: Bool, began: Instant,
        server: CallControlServer
    ) {
        self.id = id
        remote = CallParty(
            address: Self.line(beginning.parties.from) ?? "unknown", displayName: Self.line(beginning.callerName ?? ""))
        local = CallParty(address: Self.line(beginning.parties.to) ?? "unknown")
        self.began = began
        verification = Verification(
            isValid: beginning.isIdentityValid, attestation: beginning.attestation.flatMap(Self.attestation))
        session = reference.session.flatMap(Self.line)
        leg = reference.leg.flatMap(Self.line)
        self.isTeXML = isTeXML
        self.server = server
    }

    private static func attestation(_ text: String) -> String? {
        ["A", "B", "C"].contains(text) ? text : nil
    }

    /// What callers may have written themselves, as one line of sane length; `nil` when nothing is left.
    static func line(_ text: String) -> String? {
        let kept = text.unicodeScalars.prefix(256).filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
        let line = String(String.UnicodeScalarView(kept))
        return line.allSatisfy(\.isWhitespace) ? nil : line
    }
}
