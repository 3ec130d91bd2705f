/// The number of a client transaction of this user agent.
package struct ClientTransactionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// The number of a server transaction of this user agent.
package struct ServerTransactionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// What a response is matched to its client transaction by (RFC 3261 §17.1.3).
package struct ClientTransactionKey: Hashable, Sendable {
    package let branch: Branch
    package let method: Method

    package init(branch: Branch, method: Method) {
        self.branch = branch
        self.method = method
    }
}

/// What a request is matched to its server transaction by (RFC 3261 §17.2.3).
package enum ServerTransactionKey: Hashable, Sendable {
    /// The branch is unique by its magic cookie: branch, sent-by and method (an ACK counts as its INVITE).
    case branch(Branch, sentBy: String, Method)
    /// An RFC 2543 peer: everything that the INVITE, its copies, its ACK and its CANCEL have in common.
    case fields(uri: String, fromTag: Tag?, callID: CallID, cseq: UInt32, via: String, Method)

    /// Whether the peer does not set branches as RFC 3261 wants them.
    package var isRFC2543: Bool {
        if case .fields = self { true } else { false }
    }

    /// The key under which `request` is filed or, for an ACK, the key of the INVITE that it may belong to.
    /// - Parameter method: the method to look for in place of the request's own (a CANCEL looks for the INVITE).
    package init(_ request: Request, method: Method? = nil) throws(ParseError) {
        let via = try request.topVia
        let wanted = method ?? (request.method == .ack ? .invite : request.method)
        if let branch = via.branch, branch.text.lowercased().hasPrefix("z9hg4bk"), branch.text.utf8.count > 7 {
            self = .branch(branch, sentBy: via.sentByKey, wanted)
        } else {
            self = .fields(
                uri: request.requestURIText, fromTag: try request.from.tag, callID: try request.callID,
                cseq: try request.cseq.number, via: via.sentByKey + "|" + (via.branch?.text ?? ""), wanted)
        }
    }
}

/// What tells that a request has come over two ways (RFC 3261 §8.2.2.2).
package struct MergeKey: Hashable, Sendable {
    package let fromTag: Tag?
    package let callID: CallID
    package let cseq: UInt32
    package let method: Method

    package init(_ request: Request) throws(ParseError) {
        fromTag = try request.from.tag
        callID = try request.callID
        cseq = try request.cseq.number
        method = request.method
    }
}
