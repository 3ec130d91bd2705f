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
package struct ServerTransactionKey: Hashable, Sendable {
    private enum Content: Hashable, Sendable {
        /// The branch is unique by its magic cookie: branch and sent-by.
        case branch(Branch, host: Host, port: UInt16?)
        /// An RFC 2543 peer: everything that the INVITE, its copies, its ACK and its CANCEL have in common.
        case fields(uri: String, fromTag: Tag?, callID: CallID, cseq: UInt32, via: String)
    }

    /// Made once: a table asks for it again whenever it moves the key.
    private let hash: Int
    /// An ACK counts as its INVITE.
    private let method: Method
    private let content: Content

    /// Whether the peer does not set branches as RFC 3261 wants them.
    package var isRFC2543: Bool {
        if case .fields = content { true } else { false }
    }

    /// The key under which `request` is filed or, for an ACK, the key of the INVITE that it may belong to.
    /// - Parameter method: the method to look for in place of the request's own (a CANCEL looks for the INVITE).
    package init(_ request: Request, method: Method? = nil) throws(ParseError) {
        try self.init(request, via: request.topVia, method: method)
    }

    /// - Parameter via: the top Via of `request`.
    init(_ request: Request, via: Via, method: Method? = nil) throws(ParseError) {
        self.method = method ?? (request.method == .ack ? .invite : request.method)
        if let branch = via.branch, branch.hasMagicCookie {
            content = .branch(branch, host: via.sentByHost.asciiLowercased, port: via.sentByPort)
        } else {
            content = .fields(
                uri: request.requestURIText, fromTag: try request.fromTag, callID: try request.callID,
                cseq: try request.cseq.number, via: via.sentByKey + "|" + (via.branch?.text ?? ""))
        }
        var hasher = Hasher()
        hasher.combine(self.method)
        hasher.combine(content)
        hash = hasher.finalize()
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

extension Branch {
    /// Whether it begins with the magic cookie, in any case, and has something behind it.
    fileprivate var hasMagicCookie: Bool {
        let octets = text.utf8
        return octets.count > 7 && octets.prefix(7).isEqual(ignoringCase: Branch.magicCookie)
    }
}

extension Host {
    fileprivate var asciiLowercased: Host {
        if case .name(let name) = self { .name(name.asciiLowercased) } else { self }
    }
}

/// What tells that a request has come over two ways (RFC 3261 §8.2.2.2).
package struct MergeKey: Hashable, Sendable {
    /// Made once: a table asks for it again whenever it moves the key.
    private let hash: Int
    private let fromTag: Tag?
    private let callID: CallID
    private let cseq: UInt32
    private let method: Method

    package init(_ request: Request) throws(ParseError) {
        fromTag = try request.fromTag
        callID = try request.callID
        cseq = try request.cseq.number
        method = request.method
        var hasher = Hasher()
        hasher.combine(fromTag)
        hasher.combine(callID)
        hasher.combine(cseq)
        hasher.combine(method)
        hash = hasher.finalize()
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}
