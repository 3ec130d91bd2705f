import Foundation
import SIPCore
import Testing

/// The published flows of the fixtures, each as one of its parties sees it.
struct FlowView: CustomTestStringConvertible, Sendable {
    struct Step: Decodable, Sendable {
        struct Check: Decodable, Sendable {
            var hasDescription: Bool?
            var hasToTag: Bool?

            enum CodingKeys: String, CodingKey {
                case hasDescription = "has_sdp"
                case hasToTag = "to_tag"
            }
        }

        var step: String
        var from: String
        var to: String
        var message: String
        var check: Check?
        /// The step of which this one is a copy.
        var copied: String?

        enum CodingKeys: String, CodingKey {
            case step, from, to, message, check
            case copied = "same_as"
        }

        var isRequest: Bool { message.first?.isLetter == true && message != "Unauthorized" }
    }

    struct Flow: Decodable, Sendable {
        var id: String
        var steps: [Step]
    }

    private struct File: Decodable {
        var flows: [Flow]
    }

    var flow: String
    var party: String
    var steps: [Step]

    var testDescription: String { "\(flow) \(party)" }

    static let flows: [Flow] = {
        let file = SIPFixtures.root.appending(path: "call-flows/published-flows.json")
        guard let data = try? Data(contentsOf: file), let read = try? JSONDecoder().decode(File.self, from: data) else {
            preconditionFailure("the fixture \(file.path) can't be read")
        }
        return read.flows
    }()

    /// Every view of a party that is a user agent.
    static let all: [FlowView] = flows.flatMap { flow -> [FlowView] in
        var flow = flow
        // An ACK comes from whoever sent the INVITE (RFC 3261 §17.1.1.3); here the table has it the wrong way round.
        if flow.id == "rfc5407-3.3.2", let index = flow.steps.firstIndex(where: { $0.step == "F9" }) {
            (flow.steps[index].from, flow.steps[index].to) = ("Bob", "Alice")
        }
        let parties = Set(flow.steps.flatMap { [$0.from, $0.to] })
        return parties.sorted().filter { party in !servers.contains { party.hasPrefix($0) } }.map { party in
            FlowView(
                flow: flow.id, party: party,
                steps: asMet(flow.steps.filter { $0.from == party || $0.to == party }, by: party))
        }
    }

    /// The steps in the order in which the party meets them: what crosses a message of its own comes after that, and an
    /// ACK that has to be sent again was lost.
    private static func asMet(_ printed: [Step], by party: String) -> [Step] {
        var steps = printed
        for index in steps.indices.dropLast() {
            let (met, own) = (steps[index], steps[index + 1])
            guard met.to == party, own.from == party, met.isRequest, met.message != "ACK" else { continue }
            let isAnswerTooLate =
                ["CANCEL", "BYE"].contains(met.message) && own.message.hasPrefix("200")
                && own.message.contains("INVITE)")
            if (own.isRequest && !own.message.hasPrefix("ACK")) || isAnswerTooLate { steps.swapAt(index, index + 1) }
        }
        return steps.indices.filter { index in
            let isLost =
                steps[index].to == party && steps[index].message == "ACK" && index + 1 < steps.endIndex
                && steps[index + 1].copied != nil && steps[index + 1].from == party
            return !isLost
        }.map { steps[$0] }
    }

    private static let servers = ["Proxy", "Redirect", "SIP Server", "SIP ALG"]

    /// Why a view is not played; `nil` for one that is.
    var obstacle: String? {
        let peers = Set(steps.map { $0.from == party ? $0.to : $0.from })
        let methods = Set(steps.map { $0.message.prefix { $0 != " " } })
        if methods.contains("REGISTER") { return "registration" }
        if testDescription == "rfc5359-2.2 Bob" { return "more than one call" }
        if peers.count > 1 { return "more than one dialog" }
        if !methods.isDisjoint(with: ["SUBSCRIBE", "NOTIFY", "MESSAGE", "REFER"]), !flow.hasPrefix("rfc5407") {
            return "no INVITE usage alone"
        }
        if steps.count(where: { $0.message == "INVITE" && $0.from != party }) > 1
            && steps.contains(where: { $0.message.contains("302") || $0.message.contains("407") })
        {
            return "the redirection or challenge is another's"
        }
        return nil
    }
}
