internal import TelephonyPrimitives

/// What has to change so that an account is as it should be; nothing, when it is.
package struct SetupPlan: Sendable, Hashable {
    package private(set) var changes: [SetupChange] = []
    /// What stands in the way, each a sentence with what to do. What depends on it is not among the changes.
    package private(set) var obstacles: [String] = []
    /// What is odd, and in nobody's way.
    package private(set) var remarks: [String] = []

    /// - Parameters:
    ///   - account: as it is.
    ///   - wish: as it should be.
    package init(_ account: TelnyxAccount, _ wish: SetupWish) {
        let existing = Self.connection(account, wish)
        let profile = planProfile(account, wish, of: existing)
        if let connection = planConnection(existing, wish, profile: profile) {
            planPlace(existing, wish, connection)
            for number in wish.numbers { planNumber(number, account, wish, connection) }
        }
    }

    /// That of the user name, or the one that is called so.
    private static func connection(_ account: TelnyxAccount, _ wish: SetupWish) -> AccountConnection? {
        let connections = account.connections.filter { $0.kind == wish.kind }
        if case .credential(let username?, _) = wish.way,
            let one = connections.first(where: { $0.username == username })
        {
            return one
        }
        let named = connections.filter { $0.name == wish.name }
        return named.first { $0.isActive } ?? named.first
    }

    // MARK: The profile
    private mutating func planProfile(
        _ account: TelnyxAccount, _ wish: SetupWish, of connection: AccountConnection?
    ) -> SetupReference {
        // Whatever the connection has already is used on.
        let known =
            account.profile(connection?.profileID) ?? account.profiles.first { $0.name == wish.profileName }
        guard let known else {
            let destinations = wish.destinations ?? SetupWish.usualDestinations
            changes.append(
                .createProfile(
                    name: wish.profileName,
                    SetupChange.ProfileSettings(
                        destinations: destinations, added: destinations, calls: wish.calls ?? 10,
                        dailySpend: wish.dailySpend)))
            return .made(name: wish.profileName)
        }
        var settings = SetupChange.ProfileSettings()
        if !known.isEnabled { settings.isEnabled = true }
        // Where calls may go is not widened unasked.
        settings.added = (wish.destinations ?? []).filter { !known.destinations.contains($0) }
        if !settings.added.isEmpty { settings.destinations = known.destinations + settings.added }
        if let calls = wish.calls, calls != known.concurrentCallLimit { settings.calls = calls }
        if let limit = wish.dailySpend, Self.cents(limit) != known.dailySpendLimit.flatMap(Self.cents) {
            settings.dailySpend = limit
        }
        if settings != SetupChange.ProfileSettings() {
            changes.append(.changeProfile(id: known.id, name: known.name, settings))
        }
        return .known(id: known.id, name: known.name)
    }

    /// `20`, `20.0` and `20.00` are the same sum.
    private static func cents(_ text: String) -> Int64? {
        Double(text).flatMap { Int64(exactly: ($0 * 100).rounded()) }
    }

    // MARK: The application or connection
    private mutating func planConnection(
        _ existing: AccountConnection?, _ wish: SetupWish, profile: SetupReference
    ) -> SetupReference? {
        guard let existing else { return planNew(wish, profile: profile) }
        var settings = SetupChange.ConnectionSettings()
        if !existing.isActive { settings.isActive = true }
        if case .known(let id, _) = profile, existing.profileID != id { settings.profile = profile }
        if case .made = profile { settings.profile = profile }
        settings.anchorSite = wish.anchorSite
        if case .callControl(let webhook) = wish.way {
            if existing.webhookURL != webhook {
                settings.isWebhookNew = true
                settings.oldWebhookURL = existing.webhookURL
            }
            if let version = existing.webhookVersion, version != "2" { settings.webhookVersion = "2" }
        }
        if settings != SetupChange.ConnectionSettings() {
            if case .callControl(let webhook) = wish.way { settings.webhookURL = webhook }
            changes.append(.changeConnection(wish.kind, id: existing.id, name: existing.name, settings))
        }
        return .known(id: existing.id, name: existing.name)
    }

    private mutating func planNew(_ wish: SetupWish, profile: SetupReference) -> SetupReference? {
        var settings = SetupChange.ConnectionSettings()
        settings.anchorSite = wish.anchorSite ?? "Latency"
        settings.profile = profile
        switch wish.way {
        case .callControl(let webhook):
            settings.webhookURL = webhook
            settings.isWebhookNew = true
            settings.webhookVersion = "2"
        case .credential(let username, let password):
            guard let username, let password else {
                obstacles.append(
                    "There is no SIP connection '\(wish.name)', and a new one needs a user name and a password: give "
                        + "--username NAME (4 to 32 letters and digits), and the password in the variable "
                        + "TELNYX_PASSWORD, e.g. export TELNYX_PASSWORD=$(openssl rand -hex 16).")
                return nil
            }
            settings.username = username
            settings.password = password
        case .address, .hostName: settings.transport = wish.transport
        }
        changes.append(.createConnection(wish.kind, name: wish.name, settings))
        return .made(name: wish.name)
    }

    private mutating func planPlace(
        _ existing: AccountConnection?, _ wish: SetupWish, _ connection: SetupReference
    ) {
        guard let place = wish.place, existing?.places.contains(place) != true else { return }
        changes.append(.addPlace(place, to: connection, wish.kind))
    }

    // MARK: Numbers
    private mutating func planNumber(
        _ number: String, _ account: TelnyxAccount, _ wish: SetupWish, _ connection: SetupReference
    ) {
        guard let known = account.numbers.first(where: { $0.number == number }) else {
            obstacles.append(
                "\(number) is none of the account's numbers: buy it (portal, Numbers) or port it, or take one that "
                    + "`trunkline telnyx status` shows.")
            return
        }
        if let status = known.status, status != "active" {
            remarks.append("\(number) is not active yet (\(status)): calls come once it is.")
        }
        if case .known(let id, _) = connection, known.connectionID == id { return }
        let old = known.connectionID.map { id in
            known.connectionName ?? account.connection(id)?.name ?? "connection \(id)"
        }
        changes.append(.assignNumber(id: known.id, number: number, from: old, to: connection, wish.kind))
    }
}
