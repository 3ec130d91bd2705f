internal import TelephonyPrimitives

extension UserAgentCore.Input {
    /// For a journal; commands that it can't hold have been told apart before, see ``UserAgentCore/Command/isJournalled``.
    func write(to writing: inout JournalWriting) {
        switch self {
        case .datagram(let octets, let flow):
            writing.put(UInt8(1))
            writing.put(octets)
            flow.write(to: &writing)
        case .flowOpened(let id, let flow):
            writing.put(UInt8(2))
            writing.put(id.number)
            flow.write(to: &writing)
        case .flowFailed(let id, let reason):
            writing.put(UInt8(3))
            writing.put(id.number)
            writing.put(reason)
        case .flowClosed(let flow, let reason):
            writing.put(UInt8(4))
            flow.write(to: &writing)
            writing.put(reason)
        case .command(let command): command.write(to: &writing)
        case .wake, .overload: writing.put(UInt8(0))
        }
    }

    init(_ tag: UInt8, from reading: inout JournalReading) throws(JournalError) {
        switch tag {
        case 1: self = .datagram(try reading.octets(), try Flow(from: &reading))
        case 2: self = .flowOpened(FlowRequestID(try reading.word()), try Flow(from: &reading))
        case 3: self = .flowFailed(FlowRequestID(try reading.word()), reason: try reading.text())
        case 4: self = .flowClosed(try Flow(from: &reading), reason: try reading.text())
        default: self = .command(try UserAgentCore.Command(tag, from: &reading))
        }
    }
}

extension UserAgentCore.Command {
    /// The session that it is for; `nil` for one that is for none.
    package var session: SessionID? {
        switch self {
        case .invite(let id, _), .ring(let id, _, _, _), .answer(let id, _, _), .reject(let id, _, _, _),
            .acknowledge(let id, _), .acknowledgeProvisional(let id, _, _), .update(let id, _), .reinvite(let id, _),
            .answerReinvite(let id, _), .rejectReinvite(let id, _, _), .end(let id, _, _), .refer(let id, _, _, _),
            .transfer(let id, _, _, _), .info(let id, _, _, _, _):
            id
        case .subscribe, .unsubscribe, .acceptSubscription, .refuseSubscription, .notify, .reportReferral, .request,
            .respond, .register, .unregister, .fetchBindings, .drain:
            nil
        }
    }

    /// The name of a command that a journal can't hold, e.g. because it is about two calls; `nil` for all others.
    package var unjournalledName: String? {
        switch self {
        case .transfer: "transfer to another call"
        case .invite(_, let invite) where invite.onBehalfOf != nil: "invite on behalf of a REFER"
        case .subscribe, .unsubscribe, .acceptSubscription, .refuseSubscription, .notify, .reportReferral, .request,
            .respond, .register, .unregister, .fetchBindings, .drain:
            "a command outside of calls"
        default: nil
        }
    }

    fileprivate func write(to writing: inout JournalWriting) {
        switch self {
        case .invite(let id, let invite):
            writing.begin(invite.identity == nil ? 10 : 23, id)
            if let identity = invite.identity { writing.put(each: identity.addresses) { $0.put("\($1)") } }
            invite.write(to: &writing)
        case .ring(let id, let status, let body, let headers):
            writing.begin(11, id)
            writing.put(status)
            writing.put(body, Body.write)
            writing.put(headers)
        case .answer(let id, let body, let headers):
            writing.begin(12, id)
            writing.put(body, Body.write)
            writing.put(headers)
        case .reject(let id, let status, let reason, let headers):
            writing.begin(13, id)
            writing.put(status)
            writing.put(reason) { $0.put($1) }
            writing.put(headers)
        case .acknowledge(let id, let body):
            writing.begin(14, id)
            Body.write(&writing, body)
        case .update(let id, let body):
            writing.begin(15, id)
            writing.put(body, Body.write)
        case .reinvite(let id, let body):
            writing.begin(16, id)
            writing.put(body, Body.write)
        case .answerReinvite(let id, let body):
            writing.begin(17, id)
            writing.put(body, Body.write)
        case .rejectReinvite(let id, let status, let headers):
            writing.begin(18, id)
            writing.put(status)
            writing.put(headers)
        case .end(let id, let reason, let headers):
            writing.begin(19, id)
            writing.put(reason) { $0.put($1) }
            writing.put(headers)
        case .refer(let id, let target, let headers, let wantsReports):
            writing.begin(20, id)
            writing.put(target)
            writing.put(headers)
            writing.put(wantsReports)
        case .info(let id, let body, let headers, let package, let disposition):
            writing.begin(21, id)
            writing.put(body, Body.write)
            writing.put(headers)
            writing.put(package) { $0.put($1) }
            writing.put(disposition) { $0.put($1) }
        case .acknowledgeProvisional(let id, let response, let body):
            writing.begin(22, id)
            writing.put(response.octets)
            writing.put(body, Body.write)
        default: writing.put(UInt8(0))
        }
    }

    fileprivate init(_ tag: UInt8, from reading: inout JournalReading) throws(JournalError) {
        guard (10...23).contains(tag) else { throw JournalError("an input of the signalling is of no known kind") }
        let id = SessionID(try reading.word())
        switch tag {
        case 10: self = .invite(id, try OutgoingInvite(from: &reading))
        case 11:
            self = .ring(
                id, status: try reading.int(), body: try reading.optional(Body.read), headers: try reading.headers())
        case 12: self = .answer(id, body: try reading.optional(Body.read), headers: try reading.headers())
        case 13:
            self = .reject(
                id, status: try reading.int(), reason: try reading.optionalText(), headers: try reading.headers())
        case 14: self = .acknowledge(id, body: try Body.read(&reading))
        case 15: self = .update(id, body: try reading.optional(Body.read))
        case 16: self = .reinvite(id, body: try reading.optional(Body.read))
        case 17: self = .answerReinvite(id, body: try reading.optional(Body.read))
        case 18: self = .rejectReinvite(id, status: try reading.int(), headers: try reading.headers())
        case 19: self = .end(id, reasonHeader: try reading.optionalText(), headers: try reading.headers())
        case 20:
            self = .refer(
                id, target: try reading.text(), headers: try reading.headers(), wantsReports: try reading.truth())
        case 21:
            self = .info(
                id, try reading.optional(Body.read), headers: try reading.headers(),
                package: try reading.optionalText(), disposition: try reading.optionalText())
        case 22:
            guard case .response(let response)? = try? Message(parsing: try reading.octets()) else {
                throw JournalError("a response can't be read")
            }
            self = .acknowledgeProvisional(id, response, body: try reading.optional(Body.read))
        default:
            let addresses = try reading.list { (reading) throws(JournalError) in try reading.nameAddress() }
            var invite = try OutgoingInvite(from: &reading)
            invite.identity = AssertedIdentity(addresses)
            self = .invite(id, invite)
        }
    }
}

extension JournalWriting {
    fileprivate mutating func begin(_ tag: UInt8, _ id: SessionID) {
        put(tag)
        put(id.number)
    }

    fileprivate mutating func put(_ headers: HeaderFields) {
        put(each: headers) { writing, field in
            writing.put(field.0.text)
            writing.put(field.1)
        }
    }
}

extension JournalReading {
    fileprivate mutating func headers() throws(JournalError) -> HeaderFields {
        try list { (reading) throws(JournalError) in (HeaderName(try reading.text()), try reading.text()) }
    }

    fileprivate mutating func optionalText() throws(JournalError) -> String? {
        try optional { (reading) throws(JournalError) in try reading.text() }
    }

    fileprivate mutating func uri() throws(JournalError) -> SIPURI {
        let text = try text()
        do { return try SIPURI(parsing: text) } catch { throw JournalError("an address can't be read: \(error)") }
    }

    fileprivate mutating func nameAddress() throws(JournalError) -> NameAddress {
        let text = try text()
        do { return try NameAddress(parsing: text) } catch { throw JournalError("an address can't be read: \(error)") }
    }
}

extension Body {
    fileprivate static func write(_ writing: inout JournalWriting, _ body: Body) {
        writing.put(body.contentType)
        writing.put(body.octets)
    }

    fileprivate static func read(_ reading: inout JournalReading) throws(JournalError) -> Body {
        Body(contentType: try reading.text(), octets: try reading.octets())
    }
}

extension OutgoingInvite {
    fileprivate func write(to writing: inout JournalWriting) {
        writing.put("\(target)")
        writing.put("\(from)")
        writing.put(to) { $0.put("\($1)") }
        writing.put(body, Body.write)
        writing.put(headers)
        // The password stays outside: what it proves is masked in the messages as well.
        writing.put(credentials) { writing, credentials in
            writing.put(credentials.username)
            writing.put(credentials.realm) { $0.put($1) }
        }
        writing.put(each: route) { $0.put("\($1)") }
        writing.put(flowTarget) { $1.write(to: &$0) }
        writing.put("\(privacy)")
        writing.put(holdsAcknowledgements)
        writing.put(maximumRedirections)
    }

    fileprivate init(from reading: inout JournalReading) throws(JournalError) {
        let target = try reading.uri()
        self.init(target: target, from: try reading.nameAddress())
        to = try reading.optional { (reading) throws(JournalError) in try reading.nameAddress() }
        body = try reading.optional(Body.read)
        headers = try reading.headers()
        credentials = try reading.optional { (reading) throws(JournalError) in
            Credentials(username: try reading.text(), password: "", realm: try reading.optionalText())
        }
        route = try reading.list { (reading) throws(JournalError) in try reading.uri() }
        flowTarget = try reading.optional { (reading) throws(JournalError) in try FlowTarget(from: &reading) }
        let privacy = try reading.text()
        if !privacy.isEmpty {
            do { self.privacy = try Privacy(parsing: privacy) } catch { throw JournalError("Privacy can't be read") }
        }
        holdsAcknowledgements = try reading.truth()
        maximumRedirections = try reading.int()
    }
}

extension FlowTarget {
    /// Servers that were tried belong to the rim, and are none when a call is placed.
    fileprivate func write(to writing: inout JournalWriting) {
        writing.put(host)
        writing.put(port) { $0.put(Int($1)) }
        writing.put(transport) { $0.put($1.rawValue) }
        writing.put(secure)
        writing.put(connection) { $1.write(to: &$0) }
    }

    fileprivate init(from reading: inout JournalReading) throws(JournalError) {
        let host = try reading.text()
        let port = try reading.optional { (reading) throws(JournalError) in try reading.port() }
        let transport = try reading.optional { (reading) throws(JournalError) in
            guard let transport = TransportProtocol(rawValue: try reading.text()) else {
                throw JournalError("a target is of no known transport")
            }
            return transport
        }
        self.init(host: host, port: port, transport: transport, secure: try reading.truth())
        connection = try reading.optional { (reading) throws(JournalError) in try Flow(from: &reading) }
    }
}

extension UserAgentCore.Command {
    /// The same without what is secret in bodies and header fields; what stands in place of it is as long.
    ///
    /// - Parameter mask: masks a whole message.
    package func masked(by mask: ([UInt8]) -> [UInt8]) -> UserAgentCore.Command {
        func masked(_ body: Body?) -> Body? { body.map { masked($0) } }
        func masked(_ body: Body) -> Body {
            let head = Array("INVITE sip:a SIP/2.0\r\nContent-Type: \(body.contentType)\r\n\r\n".utf8)
            return Body(contentType: body.contentType, octets: Array(mask(head + body.octets).dropFirst(head.count)))
        }
        func masked(_ value: String, of name: String = "To") -> String {
            let start = Array("\(name): ".utf8)
            let octets = mask(start + Array(value.utf8) + [0x0D, 0x0A])
            return String(decoding: octets.dropFirst(start.count).dropLast(2), as: UTF8.self)
        }
        func masked(_ headers: HeaderFields) -> HeaderFields {
            headers.map { ($0.0, masked($0.1, of: $0.0.text)) }
        }
        switch self {
        case .invite(let id, var invite):
            invite.target = (try? SIPURI(parsing: masked("\(invite.target)"))) ?? invite.target
            invite.body = masked(invite.body)
            invite.headers = masked(invite.headers)
            return .invite(id, invite)
        case .ring(let id, let status, let body, let headers):
            return .ring(id, status: status, body: masked(body), headers: masked(headers))
        case .answer(let id, let body, let headers): return .answer(id, body: masked(body), headers: masked(headers))
        case .reject(let id, let status, let reason, let headers):
            return .reject(id, status: status, reason: reason, headers: masked(headers))
        case .acknowledge(let id, let body): return .acknowledge(id, body: masked(body))
        case .update(let id, let body): return .update(id, body: masked(body))
        case .reinvite(let id, let body): return .reinvite(id, body: masked(body))
        case .answerReinvite(let id, let body): return .answerReinvite(id, body: masked(body))
        case .rejectReinvite(let id, let status, let headers):
            return .rejectReinvite(id, status: status, headers: masked(headers))
        case .end(let id, let reason, let headers): return .end(id, reasonHeader: reason, headers: masked(headers))
        case .refer(let id, let target, let headers, let wantsReports):
            return .refer(id, target: masked(target), headers: masked(headers), wantsReports: wantsReports)
        case .info(let id, let body, let headers, let package, let disposition):
            let inside = body.map { body in
                let head = Array("INFO sip:a SIP/2.0\r\nContent-Type: \(body.contentType)\r\n\r\n".utf8)
                return Body(
                    contentType: body.contentType, octets: Array(mask(head + body.octets).dropFirst(head.count)))
            }
            return .info(id, inside, headers: masked(headers), package: package, disposition: disposition)
        case .acknowledgeProvisional(let id, let response, let body):
            guard case .response(let inside)? = try? Message(parsing: mask(response.octets)) else { return self }
            return .acknowledgeProvisional(id, inside, body: masked(body))
        default: return self
        }
    }
}
