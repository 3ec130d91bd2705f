/// What is encrypted on the way out and authenticated on the way in, when the call has keys.
extension MediaSession {
    /// What came, in the clear; `nil` and counted when nobody vouches for it.
    mutating func letIn(
        _ octets: [UInt8], by unprotect: (SRTPSession, inout [UInt8]) throws(SRTPError) -> Void
    ) -> [UInt8]? {
        guard configuration.keying != nil else { return octets }
        var octets = octets
        do {
            guard let protection else { throw SRTPError.unusableKeys }
            try unprotect(protection, &octets)
            return octets
        } catch {
            counters.unauthenticated += 1
            return nil
        }
    }

    /// What is to be sent, encrypted; `nil` and counted when it can't be.
    mutating func letOut(
        _ octets: [UInt8], by protect: (SRTPSession, inout [UInt8]) throws(SRTPError) -> Void
    ) -> [UInt8]? {
        guard configuration.keying != nil else { return octets }
        var octets = octets
        do {
            guard let protection else { throw SRTPError.unusableKeys }
            try protect(protection, &octets)
            return octets
        } catch {
            counters.unprotectable += 1
            return nil
        }
    }
}
