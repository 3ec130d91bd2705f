public import TelephonyPrimitives

extension TraceAuditor {
    /// Checks every rule on everything in `trace`, with leave for what `waivers` name.
    public static func audit(_ trace: Trace, waivers: [Waiver] = []) -> AuditReport {
        TraceAuditor(waivers: waivers).audit(trace)
    }

    /// Checks every rule on a capture of real calls.
    ///
    /// - Parameters:
    ///   - octets: a whole file in the classic pcap format (``PcapReader``).
    ///   - decrypted: ports at which TLS was spoken, when the file shows what was inside.
    ///   - waivers: what may be broken, by whom and why. Sides have the names that `name` gives them.
    ///   - name: the side that an address belongs to, where the caller knows.
    /// - Throws: when the file can't be read.
    public static func auditCapture(
        octets: [UInt8], decrypted: Set<UInt16> = [], waivers: [Waiver] = [],
        name: (TransportAddress) -> String? = { _ in nil }
    ) throws(PcapError) -> AuditReport {
        audit(try PcapReader.read(octets, decrypted: decrypted, name: name).trace, waivers: waivers)
    }
}
