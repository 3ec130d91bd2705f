/// What tells dialogs apart (RFC 3261 §12): the same three values on both sides, seen from ours.
package struct DialogID: Hashable, Sendable {
    /// Made once: a table asks for it again whenever it moves the key.
    private let hash: Int
    package let callID: CallID
    package let localTag: Tag
    /// `nil` for an RFC 2543 peer that sets none.
    package let remoteTag: Tag?

    package init(callID: CallID, localTag: Tag, remoteTag: Tag?) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
        var hasher = Hasher()
        hasher.combine(callID)
        hasher.combine(localTag)
        hasher.combine(remoteTag)
        hash = hasher.finalize()
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

/// The dialogs of one session: nearly always one.
struct DialogIDs: Equatable, Sendable {
    var first: DialogID?
    var others: [DialogID] = []

    var all: [DialogID] { (first.map { [$0] } ?? []) + others }
}

/// A dialog: who talks to whom, over which proxies, and at which number each direction is (RFC 3261 §12).
package struct Dialog: Sendable {
    package let id: DialogID
    /// The From value of our requests.
    package let local: String
    /// The To value of our requests.
    package let remote: String
    package private(set) var routeSet: RouteSet
    package private(set) var remoteTarget: URI
    /// The user part of our Contact, and whether it is a `sips` one.
    package let contact: ContactIdentity
    package private(set) var localSequence: UInt32
    package private(set) var remoteSequence: UInt32?
    /// Whether a 2xx has made it; an early dialog was made by a provisional response.
    package private(set) var isConfirmed: Bool

    /// The caller's dialog, made by a response to its INVITE (RFC 3261 §12.1.2).
    package init(invite: RequestDraft, response: Response) throws(ParseError) {
        let to = try response.to
        id = DialogID(callID: invite.callID, localTag: invite.fromTag, remoteTag: to.tag)
        local = invite.from
        remote = response.first(.to) ?? to.description
        routeSet = try RouteSet(of: response)
        // A response without Contact is an error of the peer; the target of the INVITE is the best guess.
        remoteTarget = try response.contactTarget ?? invite.target
        contact = invite.contact
        localSequence = invite.sequence
        remoteSequence = nil
        isConfirmed = response.status >= 200
    }

    /// The subscriber's dialog, made by the first NOTIFY (RFC 6665 §4.4.1).
    package init(notify request: Request, subscribe: RequestDraft) throws(ParseError) {
        let from = try request.from
        id = DialogID(callID: subscribe.callID, localTag: subscribe.fromTag, remoteTag: from.tag)
        local = subscribe.from
        remote = request.first(.from) ?? from.description
        routeSet = try RouteSet(of: request)
        remoteTarget = try request.contactTarget ?? from.uri
        contact = subscribe.contact
        localSequence = subscribe.sequence
        remoteSequence = nil
        isConfirmed = true
    }

    /// The callee's dialog, made by a request (RFC 3261 §12.1.1).
    package init(request: Request, localTag: Tag) throws(ParseError) {
        try request.checkRecordRoutes()
        try self.init(request: request, contact: request.contactTarget, localTag: localTag)
    }

    /// - Parameters:
    ///   - request: one that was validated.
    ///   - target: its Contact.
    init(request: Request, contact target: URI?, localTag: Tag) throws(ParseError) {
        id = DialogID(callID: try request.callID, localTag: localTag, remoteTag: request.fromTag)
        local = (request.first(.to) ?? "") + ";tag=" + localTag.text
        remote = request.first(.from) ?? ""
        routeSet = RouteSet(ofValidated: request)
        // Only a peer of RFC 2543 may have no Contact.
        if let target { remoteTarget = target } else { remoteTarget = try request.from.uri }
        contact = ContactIdentity(of: request)
        localSequence = 0
        remoteSequence = try request.cseqPlaces.number
        isConfirmed = false
    }

    /// The 2xx of the INVITE has come: the early dialog is confirmed, and its route set and remote target are those
    /// of the 2xx (RFC 3261 §13.2.2.4).
    package mutating func confirm(with response: Response) throws(ParseError) {
        routeSet = try RouteSet(of: response)
        try refreshTarget(with: response)
        isConfirmed = true
    }

    /// Our 2xx has gone out.
    package mutating func confirm() {
        isConfirmed = true
    }

    /// A target refresh request or its 2xx may move the peer (RFC 3261 §12.2.1.2, §12.2.2).
    package mutating func refreshTarget(with message: some SIPMessage) throws(ParseError) {
        if let target = try message.contactTarget { remoteTarget = target }
    }

    /// Our next request has a number above `sequence` (RFC 3261 §12.2.1.1).
    package mutating func countOn(from sequence: UInt32) {
        localSequence = max(localSequence, sequence)
    }

    /// Whether a request of the peer comes in order; a number that was already used or passed does not
    /// (RFC 3261 §12.2.2).
    package mutating func accepts(sequence: UInt32) -> Bool {
        if let remoteSequence, sequence <= remoteSequence { return false }
        remoteSequence = sequence
        return true
    }

    /// A new request inside the dialog, with the next number (RFC 3261 §12.2.1.1).
    package mutating func makeRequest(_ method: Method, headers: HeaderFields = [], body: Body? = nil) -> RequestDraft {
        localSequence &+= 1
        return draft(method, sequence: localSequence, headers: headers, body: body)
    }

    /// The ACK of a 2xx: a request of the dialog with the number of its INVITE and its credentials
    /// (RFC 3261 §13.2.2.4).
    package func makeAcknowledgement(of invite: RequestDraft, body: Body?) -> RequestDraft {
        var acknowledgement = draft(.ack, sequence: invite.sequence, headers: [], body: body)
        acknowledgement.authorization = invite.authorization
        return acknowledgement
    }

    /// The number for sending `request` of this dialog again, after a challenge.
    package mutating func renumber(_ request: inout RequestDraft) {
        localSequence &+= 1
        request.sequence = localSequence
    }

    private func draft(_ method: Method, sequence: UInt32, headers: HeaderFields, body: Body?) -> RequestDraft {
        let (uri, routes) = routeSet.apply(to: remoteTarget)
        return RequestDraft(
            method: method, target: remoteTarget, uri: uri, routes: routes, from: local, fromTag: id.localTag,
            to: remote, callID: id.callID, sequence: sequence, contact: contact, headers: headers, body: body)
    }
}
