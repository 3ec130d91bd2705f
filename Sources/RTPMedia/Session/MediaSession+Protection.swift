/// What is encrypted on the way out and authenticated on the way in, when the call has keys.
extension MediaSession {
    /// Lets in what came, which is then in the clear.
    ///
    /// - Returns: `false`, which is counted, when nobody vouches for it.
    mutating func letIn(
        _ octets: inout [UInt8], by unprotect: (SRTPSession, inout [UInt8]) throws(SRTPError) -> Void
    ) -> Bool {
        guard configuration.keying != nil else { return true }
        do {
            guard let protection else { throw SRTPError.unusableKeys }
            try unprotect(protection, &octets)
            return true
        } catch {
            counters.unauthenticated += 1
            return false
        }
    }

    /// Encrypts what is to be sent.
    ///
    /// - Returns: `false`, which is counted, when it can't be.
    mutating func letOut(
        _ octets: inout [UInt8], by protect: (SRTPSession, inout [UInt8]) throws(SRTPError) -> Void
    ) -> Bool {
        guard configuration.keying != nil else { return true }
        do {
            guard let protection else { throw SRTPError.unusableKeys }
            try protect(protection, &octets)
            return true
        } catch {
            counters.unprotectable += 1
            return false
        }
    }
}
