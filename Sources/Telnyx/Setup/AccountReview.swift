internal import TelephonyPrimitives

/// What is right and wrong in an account, for calls to come and to go.
package struct AccountReview: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case fine, warning, failure
    }

    package struct Finding: Sendable, Hashable {
        /// What was looked at, e.g. `number +12025550131`.
        package var subject: String
        package var verdict: Verdict
        package var text: String
        /// What to do; `nil` when nothing is.
        package var fix: String?
    }

    package private(set) var findings: [Finding] = []
    private let account: TelnyxAccount

    package init(_ account: TelnyxAccount) {
        self.account = account
        if account.connections.isEmpty {
            note(
                "connections", .failure, "There is no application and no SIP connection: nothing takes calls.",
                "Run `trunkline telnyx setup --way call-control --webhook https://… --apply`, or --way trunk.")
        }
        for connection in account.connections { look(at: connection) }
        for profile in account.profiles { look(at: profile) }
        if account.numbers.isEmpty {
            note("numbers", .warning, "The account has no number: nobody can call.", "Buy one (portal, Numbers).")
        }
        for number in account.numbers { look(at: number) }
    }

    private mutating func note(_ subject: String, _ verdict: Verdict, _ text: String, _ fix: String? = nil) {
        findings.append(Finding(subject: subject, verdict: verdict, text: text, fix: fix))
    }

    // MARK: Connections
    private mutating func look(at connection: AccountConnection) {
        let subject = connection.title
        let problems = problems(of: connection)
        for (verdict, text, fix) in problems { note(subject, verdict, text, fix) }
        guard problems.isEmpty else { return }
        var parts = ["It is active"]
        if let url = connection.webhookURL {
            parts.append(connection.kind == .document ? "it asks for documents at \(url)" : "webhooks go to \(url)")
        }
        if let username = connection.username { parts.append("its user name is \(username)") }
        if !connection.places.isEmpty { parts.append("it is called at \(connection.places.joined(separator: ", "))") }
        if let profile = account.profile(connection.profileID) { parts.append("it calls by profile '\(profile.name)'") }
        note(subject, .fine, parts.joined(separator: ", ") + ".")
    }

    private func problems(of connection: AccountConnection) -> [(Verdict, String, String)] {
        // What no number leads to may be an old one.
        let isUsed = account.numbers.contains { $0.connectionID == connection.id }
        let grave: Verdict = isUsed || account.connections.count == 1 ? .failure : .warning
        if connection.kind == .document { return documentProblems(of: connection, grave) }
        let again = "Run `trunkline telnyx setup --name '\(connection.name)' --apply`"
        var found: [(Verdict, String, String)] = []
        if !connection.isActive {
            found.append(
                (grave, "It is not active: calls to it are refused.", "\(again), or switch it on in the portal."))
        }
        if connection.kind == .application {
            found += webhookProblems(of: connection, grave)
        } else if connection.kind.placeCollection != nil, connection.places.isEmpty {
            let option = connection.kind == .address ? "--auth ip --address" : "--auth fqdn --host"
            found.append(
                (
                    grave, "It has no address: calls to it go nowhere.",
                    "\(again), with --way trunk \(option) of this machine."
                ))
        }
        if let profile = account.profile(connection.profileID) {
            if !profile.isEnabled {
                found.append(
                    (
                        grave,
                        "Its outbound voice profile '\(profile.name)' is switched off: calls of ours are refused.",
                        "\(again), or enable the profile in the portal."
                    ))
            }
        } else {
            found.append(
                (
                    .warning, "It has no outbound voice profile: calls of ours are refused (403 D38).",
                    "\(again), which assigns one; leave it so if it only takes calls."
                ))
        }
        return found
    }

    private static let documentsInPortal = "portal, Voice, Programmable Voice, TeXML Applications"

    private func documentProblems(
        of connection: AccountConnection, _ grave: Verdict
    ) -> [(Verdict, String, String)] {
        guard let url = connection.webhookURL else {
            return [
                (
                    grave, "It has no voice URL: nobody says what is to be done with its calls.",
                    "Enter https://…/telnyx/texml (\(Self.documentsInPortal))."
                )
            ]
        }
        var found: [(Verdict, String, String)] = []
        if !connection.isActive {
            found.append(
                (grave, "It is not active: calls to it are refused.", "Switch it on (\(Self.documentsInPortal))."))
        }
        if !url.hasPrefix("https://") {
            found.append(
                (
                    Self.isHere(url) ? .warning : grave,
                    "It asks for documents at \(url), which is not https: who calls could be read on the way.",
                    "Enter a URL with https:// (\(Self.documentsInPortal))."
                ))
        }
        if connection.documentMethod == "GET" {
            found.append(
                (
                    .warning, "It asks for documents by GET, of which it is not known what is signed.",
                    "Choose POST as its voice method (\(Self.documentsInPortal))."
                ))
        }
        return found
    }

    private static func isHere(_ url: String) -> Bool {
        ["http://127.", "http://localhost", "http://[::1]"].contains { url.hasPrefix($0) }
    }

    private func webhookProblems(
        of connection: AccountConnection, _ grave: Verdict
    ) -> [(Verdict, String, String)] {
        let again = "Run `trunkline telnyx setup --name '\(connection.name)' --webhook https://… --apply`."
        guard let url = connection.webhookURL else {
            return [(grave, "It has no webhook URL: nobody is told of its calls.", again)]
        }
        var found: [(Verdict, String, String)] = []
        if !url.hasPrefix("https://") {
            found.append(
                Self.isHere(url)
                    ? (.warning, "Webhooks go to \(url): only a sandbox on this machine reaches that.", again)
                    : (
                        grave,
                        "Webhooks go to \(url), which is not https: what callers press could be read on the way.",
                        again
                    ))
        }
        if let version = connection.webhookVersion, version != "2" {
            found.append((grave, "Its webhooks are of API v\(version), which is not understood here.", again))
        }
        return found
    }

    // MARK: Profiles and numbers
    private mutating func look(at profile: OutboundVoiceProfile) {
        let users = account.connections.filter { $0.profileID == profile.id }
        guard !users.isEmpty else { return }
        let subject = "profile '\(profile.name)'"
        if profile.destinations.isEmpty {
            note(
                subject, .warning, "It allows no country: every call of ours is refused.",
                "Run `trunkline telnyx setup --profile '\(profile.name)' --destination US --apply`.")
        } else if profile.isEnabled {
            let limits = [
                profile.concurrentCallLimit.map { "at most \($0) at once" },
                profile.dailySpendLimit.map { "at most $\($0) a day" },
            ].compactMap(\.self)
            note(
                subject, .fine,
                (["Calls go to \(profile.destinations.joined(separator: " "))"] + limits).joined(separator: ", ") + ".")
        }
    }

    private mutating func look(at number: PhoneNumber) {
        let subject = "number \(number.number)"
        let again = "trunkline telnyx setup --number \(number.number) --apply"
        if let status = number.status, status != "active" {
            note(subject, .warning, "It is not active (\(status)).", "Wait, or look at its order in the portal.")
        } else if let id = number.connectionID {
            let name = account.connection(id)?.title ?? number.connectionName.map { "'\($0)'" }
            guard let name else {
                note(subject, .warning, "Its calls go to connection \(id), which is not among those seen here.")
                return
            }
            note(subject, .fine, "Its calls come to \(name).")
        } else {
            note(subject, .failure, "It has no connection: whoever calls it is refused (480 D21).", "Run `\(again)`.")
        }
    }
}
