import Foundation
import SIPCore
import Testing

/// The flows of the fixtures that a user agent on a trunk has to master, seen from its side.
struct TrunkFlow: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
        enum Direction: String, Decodable, Sendable {
            case ours = "us->peer"
            case theirs = "peer->us"
            case event, check
        }

        var n: Int
        var dir: Direction
        var message: String

        /// A status, `INVITE`, `re-INVITE`; of several that are allowed the first.
        var name: String { String(message.split(separator: " ").first ?? "") }

        var status: Int? { Int(name) ?? (name == "5xx" ? 500 : nil) }

        /// The method of a request.
        var method: String { name == "re-INVITE" ? "INVITE" : name }
    }

    private struct File: Decodable {
        var flows: [TrunkFlow]
    }

    var id: String
    var steps: [Step]
    var outcome: String

    var testDescription: String { id }

    static let all: [TrunkFlow] = {
        let file = SIPFixtures.root.appending(path: "call-flows/trunk-flows.json")
        guard let data = try? Data(contentsOf: file), let read = try? JSONDecoder().decode(File.self, from: data) else {
            preconditionFailure("the fixture \(file.path) can't be read")
        }
        return read.flows
    }()

    /// Accounts are played by RegistrationFlowTests.
    var isOfAccounts: Bool { steps.first?.message == "REGISTER" }

    /// Whether it begins inside a call.
    var beginsInCall: Bool {
        guard let first = steps.first else { return false }
        return ["re-INVITE", "BYE", "UPDATE", "REFER"].contains(first.name) && id != "update-offer-before-answer"
            || ["in-replaces", "in-replaces-early-only", "refer-attended", "in-refer-two-refer-to"].contains(id)
    }
}
