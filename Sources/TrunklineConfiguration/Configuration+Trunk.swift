public import TelephonyPrimitives

extension Configuration {
    /// A line to the telephone network.
    public struct Trunk: Sendable, Equatable {
        /// Whose it is.
        public enum Provider: String, Sendable, CaseIterable {
            case telnyx
            /// Anybody who speaks SIP: everything is said by keys.
            case generic
        }

        /// The place whose servers carry the signalling.
        public enum Region: String, Sendable, CaseIterable {
            case us, eu, au, ca, asia
        }

        /// How the provider knows us.
        public enum Authentication: String, Sendable, CaseIterable {
            /// By user name and password; registered, so that calls come in.
            case credential
            /// By our address.
            case ip
            /// Calls to us go to our host name; a password is used where there is one.
            case fqdn
        }

        /// How the provider wants numbers.
        public enum NumberStyle: String, Sendable, CaseIterable {
            case e164
            case e164WithoutPlus = "e164_without_plus"
            case national
            case dialled
        }

        /// What a caller is told whom we can't take.
        public enum Refusal: String, Sendable, CaseIterable {
            case nextRoute = "next_route"
            case busy
        }

        /// What it is called in logs, records and routes.
        public var name: String
        public var provider: Provider
        public var region = Region.us
        public var authentication = Authentication.credential
        /// The servers; `nil`: the provider's.
        public var host: String?
        public var port: Int?
        public var transport = ListenSpec.Transport.tls
        public var username: String?
        public var password: String?
        /// Whether it is registered, so that calls come in; with ``Authentication/credential``.
        public var registers = true
        public var expires = Duration.seconds(3_600)
        /// The longest pause on the way to the registrar.
        public var keepAlive = Duration.seconds(25)
        /// Digits in front of each number that is called.
        public var prefix = ""
        /// What tells the connection from others at one address; Telnyx.
        public var token: String?
        /// A number that is charged; Telnyx.
        public var chargedNumber: String?
        /// Who calls when a call names nobody.
        public var from: String?
        public var hidesCaller = false
        /// The country, two letters, whose numbers are written without a country code; `nil`: none is.
        public var country: String?
        public var numberStyle = NumberStyle.e164
        /// `nil`: those of `rtp`.
        public var codecs: [CodecName]?
        /// `nil`: as `rtp` has it.
        public var srtp: Encryption?
        /// From where its calls come; `nil`: the provider's own addresses.
        public var sources: [IPNetwork]?
        public var callsPerSecond = 20
        public var firstAnswer = Duration.seconds(4)
        public var refusal = Refusal.nextRoute
        /// Further header fields of every INVITE.
        public var headers: [String: String] = [:]

        /// Whether its calls come over the connection by which we have registered, so that nothing need be reachable here.
        public var callsByOurConnection: Bool {
            authentication == .credential && registers && transport != .udp
        }

        public init(name: String, provider: Provider) {
            self.name = name
            self.provider = provider
        }
    }
}

extension Configuration.Trunk: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Name and provider; never the password or token.
    public var description: String { "Trunk(\(name): \(provider.rawValue))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Name and provider; never a secret, not even in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "provider": provider.rawValue]) }
}
