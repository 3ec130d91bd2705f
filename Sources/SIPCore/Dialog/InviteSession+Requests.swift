import TelephonyPrimitives

extension InviteSession {
    /// A request of the peer inside a dialog of this session, ACK and CANCEL aside (RFC 3261 §12.2.2).
    mutating func receive(
        _ request: Request, _ transaction: ServerTransactionID, dialog dialogID: DialogID, over flow: Flow,
        now: Instant, in environment: inout Environment
    ) {
        if let index = strayDialogs.firstIndex(where: { $0.id == dialogID }) {
            receiveStray(request, transaction, in: index)
            return
        }
        flows.learn(flow)
        guard let sequence = request.cseqNumber, accepts(sequence: sequence, in: dialogID) else {
            respond(transaction, 500)
            return
        }
        if request.method == .bye {
            receiveBye(request, transaction, dialog: dialogID, now: now, in: &environment)
            return
        }
        if request.method == .notify {
            receiveNotify(request, transaction)
            return
        }
        if request.method == .subscribe, phase != .over || !notifiers.isEmpty {
            actions.append(.subscribe(transaction, request, flow))
            return
        }
        // Of a dialog whose BYE is under way only that BYE is left (RFC 5407 §3.2.2, appendix D).
        guard phase != .over else {
            respond(transaction, 481)
            return
        }
        switch request.method {
        case .invite:
            receiveOffer(
                request, transaction, dialog: dialogID, sequence: sequence, now: now, in: &environment)
        case .update where request.hasSessionDescription:
            receiveOffer(
                request, transaction, dialog: dialogID, sequence: sequence, now: now, in: &environment)
        case .update:
            receiveUpdate(request, transaction, dialog: dialogID, now: now, in: &environment)
        case _ where environment.configuration.handedUpMethods.contains(request.method):
            handedUp.insert(transaction)
            actions.append(.handUp(transaction, request, flow))
        case .info where !environment.configuration.takesInfo(request):
            respond(
                transaction, 469,
                headers: [(.recvInfo, environment.abilities.infoPackages)])
        case .info:
            respond(transaction, 200)
            tell(.info(id, request))
        case .options:
            actions.append(.respond(transaction, environment.capabilities(for: request, hasContact: false)))
        case .refer where environment.configuration.servesRefer:
            actions.append(.refer(transaction, request, flow))
        case .refer:
            refuseRefer(request, transaction)
        case .prack:
            receivePrack(request, transaction, dialog: dialogID, sequence: sequence, now: now, in: &environment)
        default:
            respond(transaction, 405, headers: [(.allow, environment.abilities.allow)])
        }
    }

    /// A fork that answered too late and has our BYE hangs up itself, or has not heard of it yet: the call that was
    /// taken goes on (RFC 3261 §13.2.2.4).
    private mutating func receiveStray(_ request: Request, _ transaction: ServerTransactionID, in index: Int) {
        guard let sequence = request.cseqNumber, strayDialogs[index].accepts(sequence: sequence) else {
            respond(transaction, 500)
            return
        }
        respond(transaction, request.method == .bye ? 200 : 481)
    }

    /// A server transaction of this session has terminated.
    mutating func serverTransactionEnded(
        _ transaction: ServerTransactionID, now: Instant, in environment: inout Environment
    ) {
        handedUp.remove(transaction)
        guard peerOffer?.transaction == transaction else { return }
        peerOffer = nil
        sendWantedChange(now: now, in: &environment)
    }

    /// The application has answered a request that was handed up.
    mutating func handedUpAnswered(_ transaction: ServerTransactionID) {
        handedUp.remove(transaction)
    }

    /// Sends a NOTIFY for a subscription that shares the dialog.
    mutating func sendNotify(
        for notifier: SubscriptionID, headers: HeaderFields, body: Body?, in environment: inout Environment
    ) {
        guard let draft = dialog?.makeRequest(.notify, headers: headers, body: body) else { return }
        send(draft, as: .notify(notifier), in: &environment)
    }

    /// Sends an INFO, of a package only when the peer has said that it takes it (RFC 6086 §5.2).
    mutating func sendInfo(
        _ body: Body?, package: String?, disposition: String?, headers: HeaderFields,
        in environment: inout Environment
    ) -> Bool {
        guard phase == .established else { return false }
        var fields = headers
        if let package {
            guard peerInfoPackages?.contains(Self.packageName(package)) == true else { return false }
            fields.removeAll { $0.0 == .infoPackage }
            fields.insert((.infoPackage, package), at: 0)
        }
        let isPackages = package != nil && body != nil
        if let disposition = disposition ?? (isPackages ? "Info-Package" : nil) {
            fields.removeAll { $0.0 == .contentDisposition }
            fields.append((.contentDisposition, disposition))
        }
        guard let draft = dialog?.makeRequest(.info, headers: fields, body: body) else { return false }
        send(draft, as: .info, in: &environment)
        return true
    }

    /// A package without its parameters, for comparing (RFC 6086 §9.2).
    private static func packageName(_ value: String) -> String {
        value.prefix { $0 != ";" }.trimmingBlanks.lowercased()
    }

    /// Remembers which methods and which packages of INFO the peer takes.
    mutating func notePeerAbilities(_ message: some SIPMessage) {
        if message.index.present.contains(.recvInfo) {
            peerInfoPackages = Set(message.list(of: .recvInfo).prefix(64).map(Self.packageName))
        }
        guard message.firstValue(.allow) != nil else { return }
        peerAllowsUpdate = message.lists(Method.update.name, in: .allow)
    }

    private mutating func accepts(sequence: UInt32, in dialogID: DialogID) -> Bool {
        if dialog?.id == dialogID { return dialog?.accepts(sequence: sequence) ?? false }
        if let index = earlyDialogs.firstIndex(where: { $0.dialog.id == dialogID }) {
            return earlyDialogs[index].dialog.accepts(sequence: sequence)
        }
        return false
    }

    private mutating func refuseRefer(_ request: Request, _ transaction: ServerTransactionID) {
        let targets = request.list(of: .referTo)
        guard targets.count == 1, let target = targets.first else {
            respond(transaction, 400)
            return
        }
        respond(transaction, 603)
        tell(.referRefused(id, target: target))
    }
}
