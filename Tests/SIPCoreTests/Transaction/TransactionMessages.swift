import SIPCore

/// Messages for the transaction machines.
enum TransactionMessages {
    static func request(
        _ method: String, branch: String = "z9hG4bKb1", sentBy: String = "192.0.2.1", callID: String = "c1",
        fromTag: String = "f1", toTag: String? = nil, sequence: UInt32 = 1, uri: String = "sip:bob@example.com"
    ) throws -> Request {
        let text =
            "\(method) \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP \(sentBy);branch=\(branch)\r\n"
            + "Route: <sip:proxy.example.com;lr>\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=\(fromTag)\r\n"
            + "To: <sip:bob@example.com>\(toTag.map { ";tag=\($0)" } ?? "")\r\nCall-ID: \(callID)\r\n"
            + "CSeq: \(sequence) \(method)\r\nProxy-Authorization: Digest x\r\nContent-Length: 0\r\n\r\n"
        guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return request
    }

    static func response(_ status: Int, to request: Request) -> Response {
        MessageBuilder(response: status, to: request, toTag: Tag("t1")).buildResponse()
    }
}
