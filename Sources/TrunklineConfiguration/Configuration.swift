public import TelephonyPrimitives

/// What `trunkline serve` is told: a file, over which flags of the command line are laid.
///
/// A fresh value holds the defaults. A flag overrides the file by assignment, after ``load(text:file:environment:)``
/// and before ``contradictions`` is asked:
///
/// ```swift
/// var configuration = try Configuration.load(text: text, file: "trunkline.yaml")
/// if !flags.listen.isEmpty { configuration.listen = flags.listen }
/// ```
public struct Configuration: Sendable, Equatable {
    /// Where SIP is taken. Default: UDP and TCP on port 5060 of this machine only.
    public var listen: [ListenSpec] = [
        ListenSpec(transport: .udp, ip: .loopbackV4, port: 5060),
        ListenSpec(transport: .tcp, ip: .loopbackV4, port: 5060),
    ]
    /// The address others reach this machine by, for Contact and session descriptions, when it is not the one it has.
    public var advertise: IPAddress?
    /// DNS servers that are asked for SIP servers, in this order; none: those of the system.
    public var nameServers: [TransportAddress] = []
    /// Certificates for SIP over TLS.
    public var tls = TLS()
    /// Where sound goes.
    public var rtp = RTP()
    /// Who talks to the caller.
    public var agent = AgentChoice.local
    /// The file with the conversation flow that the local agent follows; `nil`: the sample, a receptionist.
    public var flow: String?
    /// What a language model that leads the conversation is told; `nil`: something general.
    public var instructions: String?
    /// What is said first; `nil`: the model makes it up.
    public var greeting: String?
    /// The language model; for `agent: model`, and for what is written about calls.
    public var model: Service?
    /// Who makes out what callers say; `nil`: the speech models on this machine.
    public var speechToText: Service?
    /// Who speaks; `nil`: the speech models on this machine.
    public var textToSpeech: Service?
    /// A model that hears and speaks; for `agent: realtime`.
    public var realtime: Service?
    /// For `agent: bot`.
    public var bot: Bot?
    /// Where callers may be put through to, by name.
    public var transfers: [String: Transfer] = [:]
    /// HTTP services that a model may ask.
    public var tools: [HTTPTool] = []
    /// Agents that may take a call over from the one that this file describes.
    public var roles: [Role] = []
    /// Digits that a model may have callers type.
    public var digits: [Digits] = []
    /// What may be used up on one call.
    public var limits = Limits()
    /// What is written about calls once they are over.
    public var record = Record()
    /// Servers of the Model Context Protocol whose tools a model may use.
    public var mcp: [MCPServer] = []
    /// Documents that a model may look things up in; `nil`: none.
    public var knowledge: Knowledge?
    /// The speech models.
    public var speech = Speech()
    /// What the caller's voice goes through before it is listened to.
    public var hearing = Hearing()
    /// Calls: how many, how long, and what is kept of them.
    public var calls = Calls()
    /// Who may call by name and password.
    public var authentication = Authentication()
    /// Accounts that are registered with others, so that calls to them come here; in the order of their names.
    public var accounts: [Account] = []
    /// Lines to the telephone network, in the order of the file.
    public var trunks: [Trunk] = []
    /// From where calls are taken besides those of the trunks; where there is neither, everybody may call.
    public var acceptedSources: [IPNetwork] = []
    /// Whose word about who calls counts, besides that of the accounts' registrars.
    public var trustedPeers: [IPAddress] = []
    /// How much of the machine may be used before callers are sent away.
    public var overload = Overload()
    /// How long running calls may go on after the order to stop.
    public var drain = Duration.seconds(30)
    /// The log.
    public var log = Log()
    /// The HTTP port.
    public var http = HTTP()
    /// Calls that are placed on request.
    public var outbound = Outbound()
    /// What services cost.
    public var prices = Prices()
    /// Who is told of calls.
    public var webhooks = Webhooks()
    /// Where spans of calls go.
    public var tracing = Tracing()
    /// Calls by Call Control; `nil`: by SIP alone.
    public var callControl: CallControl?
    /// What happens when a caller says nothing.
    public var conversation = Conversation()

    /// All defaults.
    public init() {}

    /// SIP over TLS. Paths count from the working directory.
    public struct TLS: Sendable, Equatable {
        /// Our certificate chain in PEM; needed to listen on TLS.
        public var certificate: String?
        /// Its private key in PEM.
        public var key: String?
        /// Certificates of authorities to trust, in PEM; `nil`: those of the system.
        public var trust: String?
        /// Whether a peer's certificate must be valid.
        public var verify = true
    }

    /// RTP.
    public struct RTP: Sendable, Equatable {
        /// The UDP ports calls take theirs from, two for a call.
        public var ports: ClosedRange<UInt16> = 16_384...32_767
        /// The address to receive on; `nil`: that of the listener the call came by.
        public var address: IPAddress?
        /// The codecs, the one we like best first.
        public var codecs = CodecName.allCases
        /// Whether the sound is encrypted.
        public var srtp = Encryption.optional
    }

    /// A codec by its name in session descriptions.
    public enum CodecName: String, Sendable, CaseIterable {
        case pcmu = "PCMU"
        case pcma = "PCMA"
        case g722 = "G722"
        case opus
    }

    /// Whether sound is encrypted with keys from the session description (SDES, RFC 4568).
    public enum Encryption: String, Sendable, CaseIterable {
        /// Never; who insists is refused.
        case off
        /// When the other side asks, and over encrypted signalling we ask as well.
        case optional
        /// Always; who doesn't is refused.
        case required
    }

    /// Who talks to the caller.
    public enum AgentChoice: Sendable, Equatable {
        /// The flow, with the speech models on this machine unless others are named.
        case local
        /// A language model.
        case model
        /// A model that hears and speaks.
        case realtime
        /// A bot elsewhere.
        case bot
        /// Nobody: the caller hears themselves.
        case echo
        /// A file is played, WAV or Opus in Ogg.
        case playback(file: String)
    }

    /// The speech models.
    public struct Speech: Sendable, Equatable {
        /// The folder with the models; `~` stands for the home folder.
        public var directory = "~/.local/share/trunkline/speech"
        /// How many pieces of speech work run at once; `nil`: one less than the machine has cores.
        public var threads: Int?
    }

    /// What the caller's voice goes through before it is listened to.
    public struct Hearing: Sendable, Equatable {
        /// Whether the agent's own voice is taken out of what comes back over the line.
        public var echoCancellation = true
        /// By how many dB steady noise is lowered; `nil`: it is left.
        public var noiseSuppression: Int?
        /// The level that speech is brought to, in dBov; `nil`: it is left.
        public var level: Int?
    }

    /// Calls.
    public struct Calls: Sendable, Equatable {
        /// The SQLite file that keeps a record of every call; `~` stands for the home folder.
        public var database = "~/.local/share/trunkline/calls.sqlite"
        /// The folder for recordings; `nil`: nothing is recorded.
        public var recordings: String?
        /// What recordings are.
        public var recordingFormat = RecordingName.wav
        /// Whether the SIP messages of a call are kept with it, without what is secret in them.
        public var messages = true
        /// How long after its end a call is kept; `nil`: for ever.
        public var keep: Duration?
        /// How long after its end a call's recording is kept; `nil`: as long as the call.
        public var keepRecordings: Duration?
        /// Whether the record says which keys were pressed.
        public var keys = KeptKeys.show
        /// The folder for journals, which calls are replayed from; `nil`: none are kept.
        public var journal: String?
        /// The folder that `journal: true` means.
        public static let defaultJournal = "~/.local/share/trunkline/journal"
        /// A call is hung up after this long.
        public var maximumDuration = Duration.seconds(1_800)
        /// How many calls at once; the next caller hears busy.
        public var maximum = 100
    }

    /// What the record has of keys that were pressed.
    public enum KeptKeys: String, Sendable, CaseIterable {
        /// Which they were.
        case show
        /// That there were some.
        case mask
    }

    /// Digest authentication (RFC 8760). Without users nobody is asked.
    public struct Authentication: Sendable, Equatable {
        /// The realm callers are asked for.
        public var realm = "trunkline"
        /// Passwords by user name.
        public var users: [String: String] = [:]
        /// What may be used, in the order in which it is offered.
        public var algorithms: [DigestName] = [.sha256, .md5]
    }

    /// A digest algorithm by its name in SIP.
    public enum DigestName: String, Sendable, CaseIterable {
        case sha256 = "SHA-256"
        case sha512Half256 = "SHA-512-256"
        case md5 = "MD5"
    }

    /// Limits beyond which no new call is taken.
    public struct Overload: Sendable, Equatable {
        /// The share of all processors, in percent; `nil`: no limit.
        public var processor: Int?
        /// Resident memory in octets; `nil`: no limit.
        public var memory: Int?

        public init() {}
    }

    /// The log.
    public struct Log: Sendable, Equatable {
        /// From which level on lines are written.
        public var level = LogLevel.info
        /// What a line looks like.
        public var format = LogFormat.text
    }

    /// What is heard while a tool works.
    public enum WaitingSoundChoice: Sendable, Equatable {
        /// Somebody types on a keyboard.
        case typing
        /// A file is played over and over, WAV or Opus in Ogg.
        case file(String)
    }

    /// The levels of a log, least important first.
    public enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// What a line of the log looks like.
    public enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// What happens when a caller says nothing; both times count from when sound was last heard.
    public struct Conversation: Sendable, Equatable {
        /// After this long the caller is asked whether they are there.
        public var silencePrompt = Duration.seconds(8)
        /// After this long the call ends.
        public var silenceHangUp = Duration.seconds(20)
        /// How long a caller may pause after words that may be whole, before the answer is let out.
        public var pause = Duration.milliseconds(700)
        /// On a call that we placed: how long the other side's first word is waited for before the greeting; `nil`: not at
        /// all.
        public var hello: Duration? = .seconds(2)
        /// When an answer has not begun by then, something is said to fill the time; `nil`: nothing.
        public var answerBudget: Duration? = .milliseconds(1_800)
        /// What is said to fill the time, in turn.
        public var fillers = ["One moment, please.", "Just a second.", "Still looking."]
        /// What is heard while a tool works and nothing is said; `nil`: nothing.
        public var waitingSound: WaitingSoundChoice?
        /// The file with the music that callers hear while somebody is asked whether they take them, WAV or Opus in Ogg;
        /// `nil`: a soft melody.
        public var holdMusic: String?
        /// What is said when a part of ours fails.
        public var apology = "I am sorry, something went wrong on our side. Please call again later."
        /// Where callers are put through to then; `nil`: the call ends.
        public var failureTransfer: String?
    }
}

extension Configuration.Authentication: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Realm and user names; never a password.
    public var description: String {
        "Authentication(realm: \(realm), users: \(users.keys.sorted().joined(separator: ", ")))"
    }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Realm and user names; never a password, not even in a dump.
    public var customMirror: Mirror {
        Mirror(self, children: ["realm": realm, "users": users.keys.sorted()])
    }
}

extension Configuration {
    /// Settings that are well-formed each and don't go together, as a key and a sentence with the fix.
    ///
    /// Loading a file checks them; ask again when flags were laid over it.
    public var contradictions: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        var seen: Set<ListenSpec> = []
        for spec in listen where !seen.insert(spec).inserted {
            found.append(("listen", "listen names \(spec) twice; delete one of the two"))
        }
        if listen.isEmpty {
            found.append(("listen", "listen is empty, so nobody can call; name an address such as udp:127.0.0.1:5060"))
        }
        if tls.certificate == nil, tls.key == nil, let spec = listen.first(where: { $0.transport == .tls }) {
            found.append(("listen", "\(spec) needs a certificate; set tls.certificate and tls.key"))
        }
        if tls.certificate != nil, tls.key == nil {
            found.append(("tls.certificate", "tls.certificate needs its private key; set tls.key"))
        }
        if tls.key != nil, tls.certificate == nil {
            found.append(("tls.key", "tls.key needs its certificate; set tls.certificate"))
        }
        if agent == .model, model == nil {
            found.append(("agent", "agent: model needs one; write model: {provider: openai} or another provider"))
        }
        if agent == .realtime, realtime == nil {
            found.append(("agent", "agent: realtime needs a model; write realtime: {provider: openai} or gemini"))
        }
        if agent == .bot, bot == nil {
            found.append(("agent", "agent: bot needs to know where it is; write bot: {protocol: twilio, url: ws://…}"))
        }
        if let keep = calls.keep, let recordings = calls.keepRecordings, recordings > keep {
            found.append(
                (
                    "calls.keep_recordings",
                    "calls.keep_recordings is longer than calls.keep, and a recording goes with its call; make it shorter, or "
                        + "delete it"
                ))
        }
        if conversation.silenceHangUp <= conversation.silencePrompt {
            found.append(
                (
                    "conversation.silence_hang_up",
                    "conversation.silence_hang_up comes no later than conversation.silence_prompt, so nobody would be "
                        + "asked; make it longer"
                ))
        }
        return found + contradictionsOfHTTP + contradictionsOfWebhooks + contradictionsOfPrices + contradictionsOfLimits
            + contradictionsOfRecord
            + contradictionsOfCallControl
    }
}
