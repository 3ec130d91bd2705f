/// What to click in Telnyx's portal, for those who give no API key.
package struct PortalGuide: Sendable, Hashable {
    package var wish: SetupWish

    package init(_ wish: SetupWish) {
        self.wish = wish
    }

    /// The steps. In brackets stands what the API calls a field; the portal's names are like it.
    package var text: String {
        let steps = [profile, connection, numbers, keys].enumerated().map { number, step in
            "\(number + 1). " + step.joined(separator: "\n   ")
        }
        return """
            In the portal (https://portal.telnyx.com); what the API calls a field stands in brackets:

            \(steps.joined(separator: "\n\n"))

            """
    }

    private static func row(_ name: String, _ field: String, _ value: String) -> String {
        let label = "\(name) [\(field)]"
        return label + String(repeating: " ", count: max(2, 58 - label.count)) + value
    }

    private var profile: [String] {
        [
            "Outbound Voice Profiles, create one:",
            Self.row("Name", "name", wish.profileName),
            Self.row(
                "Allowed destinations", "whitelisted_destinations",
                (wish.destinations ?? SetupWish.usualDestinations).joined(separator: ", ")),
            Self.row("Concurrent call limit", "concurrent_call_limit", "\(wish.calls ?? 10)"),
            Self.row(
                "Daily spend limit", "daily_spend_limit",
                wish.dailySpend ?? "what a day may cost at most, in US dollars"),
        ]
    }

    private var connection: [String] {
        let last = [
            Self.row("AnchorSite", "anchorsite_override", wish.anchorSite ?? "Latency"),
            Self.row("Outbound voice profile", "outbound.outbound_voice_profile_id", wish.profileName),
        ]
        let transport = Self.row("Transport", "transport_protocol", wish.transport)
        switch wish.way {
        case .callControl(let webhook):
            return [
                "Programmable Voice, create a Call Control application:",
                Self.row("Name", "application_name", wish.name),
                Self.row("Webhook URL", "webhook_event_url", webhook),
                Self.row("Webhook API version", "webhook_api_version", "2"),
            ] + last
        case .credential(let username, _):
            return [
                "SIP Trunking, create a connection of the type Credentials:",
                Self.row("Name", "connection_name", wish.name),
                Self.row("Username", "user_name", username ?? "4 to 32 letters and digits"),
                Self.row("Password", "password", "8 to 128 characters; here, put it into TELNYX_PASSWORD"),
            ] + last
        case .address(let address, let port):
            return [
                "SIP Trunking, create a connection of the type IP:",
                Self.row("Name", "connection_name", wish.name),
                Self.row("Address and port", "ip_address, port", "\(address), \(port)"), transport,
            ] + last
        case .hostName(let host, let port):
            return [
                "SIP Trunking, create a connection of the type FQDN:",
                Self.row("Name", "connection_name", wish.name),
                Self.row(
                    "Host name and record", "fqdn, dns_record_type, port",
                    "\(host), " + (port.map { "A, port \($0)" } ?? "SRV, no port")), transport,
            ] + last
        }
    }

    private var numbers: [String] {
        let which = wish.numbers.isEmpty ? "your number" : wish.numbers.joined(separator: ", ")
        return [
            "Numbers, My Numbers: at \(which) choose the \(wish.kind.title) '\(wish.name)' [connection_id].",
            wish.kind == .application
                ? "With a SIP connection in its place no webhook comes."
                : "With an application in its place no call comes by SIP.",
        ]
    }

    private var keys: [String] {
        guard wish.kind == .application else {
            return ["Write the trunk into the configuration (docs/trunks.md), and run `trunkline doctor --live`."]
        }
        return [
            "Keys & Credentials: create an API key, and copy the Public Key, by which webhooks are checked. Where both go,",
            "docs/telnyx.md says.",
        ]
    }
}
