internal import ArgumentParser
internal import CallAPI
internal import Rehearsal
internal import SIPCore
internal import Sandbox
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// What a carrier on this machine has to be for some rehearsals: by which way it reaches the agent, the agent's number, a
/// telephone for each call, and the numbers that callers are put through to.
struct CarrierScene: Sendable {
    /// How the agent is connected.
    enum Line: Sendable {
        case trunk(Configuration.Trunk)
        case callControl(Configuration.CallControl)
    }

    let line: Line
    /// Of the agent, E.164 with `+`.
    let number: String
    /// In the order of the calls.
    let phones: [SandboxPhone]
    let callees: [ScriptedCallee]
    /// Whether a number tells which call is meant while several are up.
    let hasCallerOfItsOwnForEach: Bool

    /// - Returns: `nil` when there is no carrier on the way.
    /// - Throws: `ValidationError` when the configuration has no such way, or the rehearsals can't be played by it.
    init?(_ calls: [RehearsedCall], _ settings: Configuration, by way: RehearsalWay) throws {
        switch way {
        case .direct: return nil
        case .trunk:
            guard let trunk = settings.trunks.first else {
                throw ValidationError("--way trunk: the configuration has no trunk:; write one, or leave --way out.")
            }
            line = .trunk(trunk)
        case .callControl:
            guard let control = settings.callControl else {
                throw ValidationError(
                    "--way call-control: the configuration has no call_control:; write one, or leave --way out.")
            }
            line = .callControl(control)
        }
        number = try Self.number(called: calls.map(\.rehearsal), settings)
        let callers = try calls.map { try Self.caller(of: $0) }
        hasCallerOfItsOwnForEach = Set(callers).count == callers.count
        phones = callers.enumerated().map { place, number in
            SandboxPhone(
                username: "rehearsal-caller-\(place + 1)",
                password: String(UInt64.random(in: 1 << 40 ... .max), radix: 36), number: number)
        }
        callees = Self.places(calls.map(\.rehearsal), settings).subtracting(callers + [number]).sorted().map { number in
            ScriptedCallee(
                number: number, name: "answers whom the agent puts through",
                steps: [
                    .init(after: .milliseconds(200), .ring), .init(after: .milliseconds(500), .answer),
                    .init(after: .seconds(1), .hangUp),
                ])
        }
    }

    /// The one number that is called.
    private static func number(called rehearsals: [Rehearsal], _ settings: Configuration) throws -> String {
        let known = [settings.trunks.first?.from, settings.outbound.from, settings.callControl?.from]
        let own = known.lazy.compactMap { $0.flatMap(Self.global) }.first ?? SandboxTrunk().number
        let wanted = try rehearsals.map { rehearsal in
            guard let target = rehearsal.target else { return own }
            let user = (try? SIPURI(parsing: target))?.unescapedUser ?? target
            guard let number = global(user) else { throw notANumber("call", target, rehearsal) }
            return number
        }
        guard Set(wanted).count <= 1 else {
            let numbers = Set(wanted).sorted().joined(separator: ", ")
            throw ValidationError(
                "The files call \(numbers), and on its way through the carrier the agent has one number: rehearse them one "
                    + "after the other, or with --way direct.")
        }
        return wanted.first ?? own
    }

    /// The caller of a call: without one of the file a number that is reserved for stories, for each call another.
    private static func caller(of call: RehearsedCall) throws -> String {
        guard let caller = call.rehearsal.caller else {
            let (area, line) = call.number.quotientAndRemainder(dividingBy: 100)
            return "+1\(303 + area)55501\(line < 10 ? "0" : "")\(line)"
        }
        guard let number = global(caller) else { throw notANumber("from", caller, call.rehearsal) }
        return number
    }

    private static func notANumber(_ key: String, _ text: String, _ rehearsal: Rehearsal) -> ValidationError {
        ValidationError(
            "\(rehearsal.name): \(key): \(text) is nobody at a carrier; write a number such as \"+12025550133\", or rehearse "
                + "with --way direct.")
    }

    /// Where callers may be put through to, as far as the files say.
    private static func places(_ rehearsals: [Rehearsal], _ settings: Configuration) -> Set<String> {
        let trunks = TrunkGroup(settings)
        let named =
            settings.transfers.values.map(\.to) + [settings.conversation.failureTransfer].compactMap(\.self)
            + rehearsals.compactMap(\.expected.transfersTo)
        return Set(
            named.compactMap { text in
                guard let place = try? Destination(parsing: text),
                    case .number(let number) = trunks?.canonical(place) ?? place
                else { return nil }
                return global(number)
            })
    }

    /// `nil` when it is no number of E.164 with `+`.
    private static func global(_ text: String) -> String? {
        guard let number = TelephoneNumber(text), number.isGlobal, (8...15).contains(number.digits.utf8.count) else {
            return nil
        }
        return "+\(number.digits)"
    }
}
