internal import TelephonyPrimitives

/// What an account has set up, as far as calls depend on it.
package struct TelnyxAccount: Sendable, Hashable {
    package var profiles: [OutboundVoiceProfile] = []
    package var connections: [AccountConnection] = []
    package var numbers: [PhoneNumber] = []

    package init() {}

    package func connection(_ id: String?) -> AccountConnection? {
        id.flatMap { id in connections.first { $0.id == id } }
    }

    package func profile(_ id: String?) -> OutboundVoiceProfile? {
        id.flatMap { id in profiles.first { $0.id == id } }
    }
}

/// A list of the account that could not be read.
package struct AccountUnread: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was asked for, e.g. `the phone numbers`.
    package var what: String
    package var reason: TelnyxError

    package var description: String { "Reading \(what) of the account: \(reason)" }
}

extension TelnyxClient {
    /// Elements of each list that are read.
    private static let most = 1_000

    /// Reads what an account has set up; nothing is changed.
    ///
    /// - Parameters:
    ///   - kinds: of connections.
    ///   - numbers: only these, in E.164; `nil`: all.
    package func account(
        kinds: [AccountConnection.Kind] = AccountConnection.Kind.allCases, numbers: [String]? = nil
    ) async throws(AccountUnread) -> TelnyxAccount {
        var account = TelnyxAccount()
        account.profiles = try await all("the outbound voice profiles", outboundVoiceProfiles.list())
        for kind in kinds {
            account.connections += try await connections(kind)
        }
        guard let numbers else {
            account.numbers = try await all("the phone numbers", phoneNumbers.list())
            return account
        }
        for number in numbers {
            // The filter finds parts of numbers, too.
            account.numbers += try await all(
                "the phone number \(number)", phoneNumbers.list(filter: ["phone_number": number])
            ).filter { $0.number == number }
        }
        return account
    }

    private func connections(_ kind: AccountConnection.Kind) async throws(AccountUnread) -> [AccountConnection] {
        var found = try await all(
            "the list \(kind.rawValue)",
            PagedList(client: self, request: Self.list(kind.rawValue), element: { AccountConnection(kind, $0) }))
        guard let collection = kind.placeCollection, !found.isEmpty else { return found }
        let places = try await all(
            "the list \(collection)",
            PagedList(client: self, request: Self.list(collection), element: { ConnectionPlace($0) }))
        for index in found.indices {
            found[index].places = places.filter { $0.connectionID == found[index].id }.map(\.text)
        }
        return found
    }

    private static func list(_ collection: String) -> TelnyxRequest {
        TelnyxRequest(.get, [collection], repeatability: .always)
    }

    private func all<Element: Sendable>(
        _ what: String, _ list: PagedList<Element>
    ) async throws(AccountUnread) -> [Element] {
        do throws(TelnyxError) {
            return try await list.all(atMost: Self.most)
        } catch {
            // A double of Telnyx need not have every list; Telnyx itself has.
            if case .refused(let refusal) = error, refusal.status == 404 { return [] }
            throw AccountUnread(what: what, reason: error)
        }
    }
}
