package import TelephonyPrimitives

/// What a journal of single calls needs to know of a user agent, and what a replay of one call sets in a new one.
extension UserAgentCore {
    /// The number that was given out last, to a session, a transaction, a subscription or a question for a flow. They have
    /// one counter, so that a number alone tells whose it is.
    package var lastNumber: UInt64 {
        get { environment.lastNumber }
        set { environment.lastNumber = newValue }
    }

    /// Our host name on WebSocket connections, once there was one: drawn once for all calls.
    package var webSocketHost: String? {
        get { unreachableHost }
        set { unreachableHost = newValue }
    }

    /// Whose timer is due next: the number of its owner, 0 for that of the registrar; `nil` when none is due.
    package func dueTimer(now: Instant) -> UInt64? {
        switch timers.firstDue(now: now) {
        case nil: nil
        case .client(let id): id.number
        case .server(let id): id.number
        case .session(let id): id.number
        case .flow(let id): id.number
        case .registration(let id): id.number
        case .notifier(let id), .subscriber(let id): id.number
        case .registrar: 0
        }
    }

    /// Lets one timer fire that is due: what `receive(.wake, now:)` does for all of them.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package mutating func fireDueTimer(now: Instant) -> Bool {
        guard let key = timers.popDue(now: now) else { return false }
        fire(key, now: now)
        return true
    }

    /// What a user agent that serves one call alone is told once: the servers of our accounts, where they are trusted, by
    /// their addresses.
    package var configurationOfOneCall: UserAgentConfiguration {
        var configuration = configuration
        guard configuration.trustDomain.includesRegistrars else { return configuration }
        configuration.trustDomain.addresses.formUnion(registrations.values.compactMap { $0.flow?.remote.ip })
        return configuration
    }

    /// A command about two calls in words of one alone: what an attended transfer to another call refers to.
    ///
    /// - Returns: `nil` for one that leads to nothing, since the other call is none that can be referred to.
    package func ofOneCall(_ command: Command) -> Command? {
        guard case .transfer(let id, let other, let headers, let wantsReports) = command else { return command }
        return sessions[other]?.value.referTarget.map {
            .refer(id, target: $0, headers: headers, wantsReports: wantsReports)
        }
    }

    /// A call as it is placed, with what its account adds: what a user agent without that account would be told.
    package func withoutAccount(_ invite: OutgoingInvite) -> OutgoingInvite {
        var invite = completed(invite)
        invite.account = nil
        return invite
    }
}
