/// The identifiers of header extensions that were agreed on by `a=extmap` (RFC 8285 §5), 1 to 255; `nil`: not agreed on.
public struct HeaderExtensionIDs: Sendable, Hashable {
    /// Of ``AudioLevel/uri``. What we send says nothing of voice: `a=extmap` is to say `vad=off`.
    public var audioLevel: UInt8?
    /// Of ``midURI``.
    public var mid: UInt8?

    /// What `a=extmap` calls the identification of the media description (RFC 9143 §15).
    public static let midURI = "urn:ietf:params:rtp-hdrext:sdes:mid"

    public init(audioLevel: UInt8? = nil, mid: UInt8? = nil) {
        self.audioLevel = audioLevel.flatMap { $0 == 0 ? nil : $0 }
        self.mid = mid.flatMap { $0 == 0 ? nil : $0 }
    }
}
