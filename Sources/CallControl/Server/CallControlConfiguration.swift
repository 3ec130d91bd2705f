package import TelephonyPrimitives
internal import Telnyx

/// How calls are taken by Call Control.
package struct CallControlConfiguration: Sendable {
    /// Where webhooks and streams come in, in plain HTTP; TLS is for a proxy in front.
    package var listen: TransportAddress
    /// How Telnyx reaches this port: scheme and host, e.g. `https://agent.example`.
    package var publicURL: String
    /// Of the account, in Base64.
    package var publicKey: String
    package var apiKey: Secret
    /// `nil`: Telnyx's own.
    package var apiURL: String?
    package var codec = Codec.pcmu
    /// The Call Control application; webhooks of others are left alone. Needed to place calls.
    package var connection: String?
    /// As whom calls are placed when nobody else is named.
    package var caller: String?
    /// Calls at once.
    package var maximumCalls = 100

    /// Whether TeXML applications get a document here.
    package var servesTeXML = false

    package static let webhookPath = "/telnyx/webhooks"
    package static let streamPath = "/telnyx/stream"
    package static let texmlPath = "/telnyx/texml"
    package static let texmlStatusPath = "/telnyx/texml/status"
    package static let healthPath = "/healthz"

    package enum Codec: String, Sendable, CaseIterable {
        case pcmu = "PCMU"
        case pcma = "PCMA"
        case g722 = "G722"
        case opus = "OPUS"
        case l16 = "L16"

        /// How our sound is sent, and what is asked for of the caller's.
        var format: StreamFormat {
            switch self {
            case .pcmu: StreamFormat(.pcmu, sampleRate: 8_000)
            case .pcma: StreamFormat(.pcma, sampleRate: 8_000)
            case .g722: StreamFormat(.g722, sampleRate: 8_000)
            case .opus: StreamFormat(.opus, sampleRate: 16_000)
            case .l16: StreamFormat(.l16, sampleRate: 16_000)
            }
        }

        /// The same for TeXML, which has no L16.
        var texmlFormat: StreamFormat { self == .l16 ? Codec.pcmu.format : format }

        /// `answer` takes no sampling rate: other than 8 000 Hz has to be asked for afterwards.
        var fitsAnswer: Bool { format.sampleRate == 8_000 }
    }

    package init(listen: TransportAddress, publicURL: String, publicKey: String, apiKey: Secret) {
        self.listen = listen
        self.publicURL = publicURL
        self.publicKey = publicKey
        self.apiKey = apiKey
    }

    /// Without a token.
    var streamURL: String {
        let isPlain = publicURL.lowercased().hasPrefix("http://")
        let rest = publicURL.dropFirst(isPlain ? 7 : 8)
        return (isPlain ? "ws://" : "wss://") + rest + Self.streamPath
    }

    package var webhookURL: String { publicURL + Self.webhookPath }

    /// Where a TeXML application asks for its document.
    package var texmlURL: String { publicURL + Self.texmlPath }
    /// Where it tells how calls and their streams fare.
    package var texmlStatusURL: String { publicURL + Self.texmlStatusPath }
}

/// Why calls can't be taken by Call Control.
package enum CallControlFailure: Error, CustomStringConvertible {
    case key(String)
    case cannotListen(TransportAddress, String)

    package var description: String {
        switch self {
        case .key(let reason): "call_control.public_key: \(reason)"
        case .cannotListen(let address, let reason):
            "call_control.listen: \(address) can't be listened on (\(reason)); choose another address or port."
        }
    }
}
