import TelephonyPrimitives

extension InviteSession {
    /// The application wants the session over: CANCEL, BYE or a refusal, as its state asks.
    mutating func end(headers: HeaderFields, now: Instant, in environment: inout Environment) -> Bool {
        switch phase {
        case .calling:
            for (transaction, request) in requests where request.kind == .invite && !request.isFinal {
                cancel(transaction, headers: headers, now: now, in: &environment)
            }
            return true
        case .ringing:
            return reject(status: 480, reason: nil, headers: headers)
        case .established:
            hangUp(headers: headers, .init(cause: .hungUpLocally, reason: "We hung up"), in: &environment)
            return true
        case .over:
            return false
        }
    }

    /// Ends an established call with BYE. The session is over at once (RFC 3261 §15.1.1); only a callee whose 2xx
    /// has no ACK yet has to hold the BYE back until it comes.
    mutating func hangUp(headers: HeaderFields, _ ending: SessionEnd, in environment: inout Environment) {
        if let owed = owedAcknowledgement, let dialog {
            owedAcknowledgement = nil
            acknowledge(dialog, owed.transaction, of: owed.invite, body: owed.refusal)
        }
        refusePeerOffer(with: 487)
        let isUnconfirmed = role == .callee && unacknowledged.contains { $0.sequence == firstInviteSequence }
        if isUnconfirmed {
            owedBye = headers
        } else {
            owedBye = nil
            unacknowledged = []
            sendBye(headers: headers, in: &environment)
        }
        end(ending)
    }

    /// The peer does not know the dialog any more: BYE for good measure, and over (RFC 3261 §12.2.1.2).
    mutating func loseDialog(_ response: Response?, now: Instant, in environment: inout Environment) {
        guard phase == .established else { return }
        let status = response?.status ?? 408
        hangUp(
            headers: [],
            .init(
                cause: .dialogLost, status: status,
                reason: response == nil
                    ? "The peer does not answer inside the dialog any more"
                    : "The peer ended the dialog by answering \(status)", response: response),
            in: &environment)
    }

    mutating func sendBye(headers: HeaderFields, in environment: inout Environment) {
        guard var dialog else { return }
        sendBye(in: &dialog, headers: headers, environment: &environment)
        self.dialog = dialog
    }

    mutating func sendBye(in dialog: inout Dialog, headers: HeaderFields, environment: inout Environment) {
        send(dialog.makeRequest(.bye, headers: headers), as: .bye, in: &environment)
    }

    /// The peer's BYE. Taken in every state of the dialog; requests of the peer that are still open are answered 487
    /// (RFC 3261 §15.1.2).
    mutating func receiveBye(
        _ request: Request, _ transaction: ServerTransactionID, dialog dialogID: DialogID, now: Instant,
        in environment: inout Environment
    ) {
        respond(transaction, 200)
        unacknowledged = []
        owedBye = nil
        owedAcknowledgement = nil
        if phase != .calling || peerOffer?.dialog == dialogID { refusePeerOffer(with: 487) }
        switch phase {
        case .ringing:
            if let ringing { respond(ringing.transaction, 487) }
            ringing = nil
            end(
                .init(
                    cause: .cancelledByPeer, status: 487, reason: "The caller hung up before the answer",
                    request: request))
        case .calling:
            // The callee may not do this; most likely its 2xx never came through. A fork less, or the whole call.
            earlyDialogs.removeAll { $0.dialog.id == dialogID }
            guard earlyDialogs.isEmpty else { return }
            for (invite, sent) in requests where sent.kind == .invite {
                cancel(invite, headers: [], now: now, in: &environment)
            }
            end(.init(cause: .hungUpByPeer, reason: "The peer hung up before its answer came", request: request))
        case .established:
            end(.init(cause: .hungUpByPeer, reason: "The peer hung up", request: request))
        case .over:
            break
        }
    }

    /// Tells the end, once, and drops what no longer matters.
    mutating func end(_ ending: SessionEnd) {
        guard phase != .over else { return }
        refusePeerOffer(with: 487)
        phase = .over
        owedPracks = []
        reliable = ReliableProvisionals()
        wantedChange = nil
        changeNotBefore = nil
        timer = nil
        ringing = nil
        localDescription = nil
        tell(.ended(id, ending))
    }

    /// A subscription outlives its call by 64·T1 at most (RFC 5057 §4).
    mutating func limitRefer(now: Instant, timers: TransactionTimers) {
        guard phase == .over, let until = refer?.until else { return }
        refer?.until = min(until, now + timers.timeout)
    }

    /// The dialog of the peer's offer is given up.
    mutating func withdrawPeerOffer() {
        guard peerOffer != nil else { return }
        refusePeerOffer(with: 487)
        tell(.reinviteWithdrawn(id))
    }

    private mutating func refusePeerOffer(with status: Int) {
        guard let offer = peerOffer else { return }
        peerOffer = nil
        respond(offer.transaction, status)
    }
}
