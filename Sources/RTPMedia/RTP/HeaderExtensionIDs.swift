/// The identifiers of header extensions that were agreed on by `a=extmap` (RFC 8285 §5), 1 to 255; `nil`: not agreed on.
public struct HeaderExtensionIDs: Sendable, Hashable {
    /// Of ``AudioLevel/uri``. What we send says nothing of voice: `a=extmap` is to say `vad=off`.
    public var audioLevel: UInt8?
    /// Of ``midURI``.
    public var mid: UInt8?

    /// What `a=extmap` calls the identification of the media description (RFC 9143 §15).
    public static let midURI = "urn:ietf:params:rtp-hdrext:sdes:mid"

    /// - Parameters:
    ///   - audioLevel: the identifier of ``AudioLevel/uri``, 1 to 255.
    ///   - mid: the identifier of ``midURI``, 1 to 255.
    public init(audioLevel: UInt8? = nil, mid: UInt8? = nil) {
        self.audioLevel = audioLevel
        self.mid = mid
    }

    /// 0 is no identifier but padding (RFC 8285 §4.1.1): it counts as not agreed on.
    var usable: HeaderExtensionIDs {
        HeaderExtensionIDs(audioLevel: audioLevel == 0 ? nil : audioLevel, mid: mid == 0 ? nil : mid)
    }
}
