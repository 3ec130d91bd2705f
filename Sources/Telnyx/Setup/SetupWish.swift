package import TelephonyPrimitives

/// How an account should be set up.
package struct SetupWish: Sendable, Hashable {
    /// What calls come by.
    package enum Way: Sendable, Hashable {
        /// Webhooks to this URL, and sound by WebSocket.
        case callControl(webhook: String)
        /// SIP, registered. A new connection needs both.
        case credential(username: String?, password: Secret?)
        /// SIP, known by our address.
        case address(IPAddress, port: Int)
        /// SIP, called at our host name; without a port by its SRV records.
        case hostName(String, port: Int?)
    }

    package var way: Way
    /// Of the application or connection; it is known again by it.
    package var name = "trunkline"
    /// Of the outbound voice profile.
    package var profileName = "trunkline"
    /// Countries that may be called, two letters each; `nil`: as it is, and ``usualDestinations`` for a new profile.
    package var destinations: [String]?
    /// Calls at once; `nil`: as it is, and 10 for a new profile.
    package var calls: Int?
    /// In US dollars a day, e.g. `20.00`; `nil`: as it is.
    package var dailySpend: String?
    /// Where sound enters Telnyx; `nil`: as it is, and `Latency` for something new.
    package var anchorSite: String?
    /// How Telnyx calls an address or a host name: `UDP`, `TCP` or `TLS`.
    package var transport = "UDP"
    /// In E.164.
    package var numbers: [String] = []

    package init(_ way: Way) {
        self.way = way
    }

    package static let usualDestinations = ["US", "CA"]

    package var kind: AccountConnection.Kind {
        switch way {
        case .callControl: .application
        case .credential: .credential
        case .address: .address
        case .hostName: .hostName
        }
    }

    /// What a new connection is called at, where it has such.
    var place: String? {
        switch way {
        case .callControl, .credential: nil
        case .address(let address, let port): ConnectionPlace.text("\(address)", port)
        case .hostName(let name, let port): ConnectionPlace.text(name, port)
        }
    }

    /// - Parameter isSandbox: whether the account is not Telnyx's own, so that plain HTTP is in order.
    /// - Throws: ``TelnyxError/invalid(_:)``.
    package func check(isSandbox: Bool = false) throws(TelnyxError) {
        if case .callControl(let webhook) = way {
            let isPlain = webhook.hasPrefix("http://")
            guard webhook.hasPrefix("https://") || isPlain, webhook.contains(/^https?:\/\/[^\/\s]/),
                !webhook.contains(where: { $0.isWhitespace })
            else {
                throw .invalid(
                    "'\(webhook)' is no webhook URL; give one like https://agent.example.com/telnyx/webhooks.")
            }
            guard !isPlain || isSandbox else {
                throw .invalid(
                    "The webhook URL begins with http://: what callers press could be read on the way. Give one with "
                        + "https://.")
            }
        }
        try Bounds.text(name, "name", atLeast: 1, atMost: 128)
        try Bounds.text(profileName, "profile", atLeast: 1, atMost: 128)
        for number in numbers
        where !number.hasPrefix("+") || !(8...16).contains(number.utf8.count)
            || !number.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        {
            throw .invalid("'\(number)' is no number in E.164; give one like +12025550131.")
        }
        for country in destinations ?? []
        where country.utf8.count != 2 || !country.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
            throw .invalid("'\(country)' is no country; give two capital letters, like US.")
        }
        if let dailySpend, !dailySpend.contains(/^[0-9]{1,7}(\.[0-9]{1,2})?$/) {
            throw .invalid("'\(dailySpend)' is no sum in US dollars; give one like 20.00.")
        }
        try Bounds.number(calls, "calls", in: 1...10_000)
    }
}
