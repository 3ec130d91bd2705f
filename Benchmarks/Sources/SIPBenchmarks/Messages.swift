import SDP
import SIPCore

/// One message accepted and indexed.
func parse(_ octets: [UInt8], count: Int) throws -> Int {
    var sum = 0
    for _ in 0..<count {
        switch try Message(parsing: octets.received) {
        case .request(let request): sum += request.octets.count
        case .response(let response): sum += response.status
        }
    }
    return sum
}

/// What the C drivers call "full": every Via, From, To, Contact, CSeq, Record-Route, Route and P-Asserted-Identity
/// decoded, and the description.
func parseFully(_ octets: [UInt8], count: Int) throws -> Int {
    var sum = 0
    for _ in 0..<count {
        switch try Message(parsing: octets.received) {
        case .request(let request):
            sum += try request.requestURI.sip?.user?.utf8.count ?? 0
            sum += try decode(request)
        case .response(let response): sum += try decode(response)
        }
    }
    return sum
}

private func decode(_ message: some SIPMessage) throws -> Int {
    var sum = try message.vias.count + Int(message.cseq.number & 3)
    sum += try message.callID.text.utf8.count
    if try message.from.tag != nil { sum += 1 }
    if try message.to.tag != nil { sum += 1 }
    if case .addresses(let contacts) = try message.contacts { sum += contacts.count }
    sum += try message.recordRoutes.count + message.routes.count
    for address in try message.addresses(of: .pAssertedIdentity) { sum += address.displayName?.utf8.count ?? 0 }
    sum += message.values(of: .authorization).count
    let body = message.body
    if !body.isEmpty { sum += try SessionDescription(parsing: body).media.count }
    return sum
}

/// One response built: its headers taken from the request, a Contact, a body.
func serialise(_ octets: [UInt8], count: Int) throws -> Int {
    guard case .request(let request) = try Message(parsing: octets) else { return 0 }
    var sum = 0
    for _ in 0..<count {
        var builder = MessageBuilder(response: 200, to: request, toTag: Tag("a0b1c2d3e4f50617"))
        builder.add(.contact, "<sip:agent@203.0.113.10:5060>")
        builder.add(.allow, "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, PRACK")
        builder.add(.supported, "timer, 100rel")
        builder.add(.server, "benchmark")
        builder.setBody(Body.benchmarkAnswer.octets, contentType: Body.benchmarkAnswer.contentType)
        sum += builder.buildResponse().octets.count
    }
    return sum
}

extension [UInt8] {
    /// A copy with memory of its own: the buffer that a socket hands over.
    fileprivate var received: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
