@testable import Certificates
@testable import SIPCore

/// What comes in octets and is no SIP.
extension FuzzTarget {
    /// STUN's Binding, and an answer of the DNS; the first octet chooses what was asked.
    static func packet(_ octets: [UInt8]) {
        if let binding = STUNBinding(parsing: octets), STUNBinding(parsing: binding.octets) == nil {
            fatalError("a STUN message can't be read back")
        }
        let kinds = DNSQuestion.RecordType.allCases
        guard let name = DNSName("example.com"), let selector = octets.first else { return }
        _ = DNSMessage.answer(in: octets, to: DNSQuestion(name, kinds[Int(selector) % kinds.count]))
    }

    /// A certificate of a peer, in DER.
    static func certificate(_ octets: [UInt8]) {
        guard let fields = CertificateFields(der: octets) else { return }
        guard fields.point.map({ $0.count == 65 }) ?? true else { fatalError("a point on P-256 has another length") }
    }
}
