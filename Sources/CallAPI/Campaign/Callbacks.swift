public import Agent
internal import SIPCore

/// Writes down the calls that agents promise to callers; the campaign `StoredCampaign.callbacks` makes them.
public struct Callbacks: Sendable {
    private let store: SQLiteCallStore
    private let gate: OutgoingGate
    private let zones: ZoneSource
    private let limits: CampaignLimits
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - store: where promises are written down.
    ///   - gate: what every call of ours goes through.
    ///   - zones: the time zones that this machine knows.
    ///   - limits: of the calls, with the office's time zone and the quiet hours.
    ///   - now: milliseconds since 1970.
    public init(
        store: SQLiteCallStore, gate: OutgoingGate, zones: ZoneSource, limits: CampaignLimits,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.gate = gate
        self.zones = zones
        self.limits = limits
        self.now = now
    }

    /// - Parameters:
    ///   - wish: when, and whom, if it is somebody else.
    ///   - caller: the address of whoever is on the line.
    /// - Returns: what stands written down, for the model.
    /// - Throws: `ToolRefusal` with why it can't be, and what can.
    public func promise(_ wish: ScheduleCallbackTool.Wish, to caller: String) async throws -> String {
        let destination: Destination
        do throws(DestinationError) {
            if let number = wish.number {
                destination = try Destination(parsing: number)
            } else {
                destination = try Self.destination(of: caller)
            }
        } catch {
            throw ToolRefusal("\(wish.number ?? "The caller's number") \(error). Ask for the number.")
        }
        do throws(OutgoingGate.Refusal) {
            try await gate.admit(destination)
        } catch {
            throw ToolRefusal("That number can't be called from here.")
        }
        guard let office = zones.rules(limits.timezone) else { throw ToolRefusal("The time can't be worked out now.") }
        var target = CampaignTarget(to: destination.description, variables: ["reason": wish.reason])
        do throws(CallbackTime.Refusal) {
            target.dueAt = try CallbackTime.resolve(
                wish.time, office: office, callee: Campaign.Target(target, in: zones).zone ?? office,
                quietFrom: limits.quietFrom, quietUntil: limits.quietUntil, now: now())
        } catch {
            throw ToolRefusal(error.sentence)
        }
        let campaign = StoredCampaign(
            id: StoredCampaign.callbacks, name: "Callbacks", createdAt: now(), limits: limits)
        try await store.promise(target, in: campaign)
        return "Written down: \(destination) is called back at \(CallbackTime.words(target.dueAt / 1_000, office))."
    }

    /// Whom to call to reach a caller: the number in the address, where there is one.
    private static func destination(of caller: String) throws(DestinationError) -> Destination {
        if let uri = try? SIPURI(parsing: caller), let user = uri.unescapedUser, user.hasPrefix("+"),
            let number = try? Destination(parsing: user)
        {
            return number
        }
        return try Destination(parsing: caller)
    }
}
