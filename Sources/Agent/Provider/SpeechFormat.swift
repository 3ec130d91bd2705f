/// The sound of a call, as a provider had best take and give it.
public struct SpeechFormat: Sendable, Hashable {
    /// How G.711 makes 8 bits of a sample.
    public enum Companding: Sendable, Hashable {
        /// PCMU
        case muLaw
        /// PCMA
        case aLaw
    }

    /// Samples per second of the call.
    public var sampleRate: Int
    /// What the call's codec is when it is G.711: sound that a provider takes and gives in the same law passes through
    /// without loss, octet for octet.
    public var companding: Companding?

    public init(sampleRate: Int, companding: Companding? = nil) {
        self.sampleRate = sampleRate
        self.companding = companding
    }

    /// - Parameters:
    ///   - sampleRate: samples per second of the call.
    ///   - codec: the RTP name of the call's codec, e.g. `PCMU`.
    public init(sampleRate: Int, codec: String) {
        self.sampleRate = sampleRate
        switch codec.uppercased() {
        case "PCMU": companding = .muLaw
        case "PCMA": companding = .aLaw
        default: companding = nil
        }
    }
}
