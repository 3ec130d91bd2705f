import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules that a message keeps or breaks by itself, and the uniqueness of branches.
    func checkMessages(_ findings: inout Findings) {
        var owners: [BranchKey: BranchUse] = [:]
        for message in messages {
            checkHeaders(message, &findings)
            checkBody(message, &findings)
            checkContact(message, &findings)
            guard message.message.isRequest else { continue }
            checkRequest(message, &findings)
            checkBranchUse(message, &owners, &findings)
        }
    }

    private func checkHeaders(_ message: AuditedMessage, _ findings: inout Findings) {
        var wanted = ["Via", "From", "To", "Call-ID", "CSeq"]
        if message.message.isRequest { wanted.append("Max-Forwards") }
        for name in wanted where message.message[name] == nil {
            findings.add(.mandatoryHeaders, message, "\(message.message.startLine) has no \(name).")
        }
        for name in ["From", "To", "Call-ID", "CSeq", "Max-Forwards"] where message.message.values(name).count > 1 {
            findings.add(.mandatoryHeaders, message, "\(message.message.startLine) has \(name) more than once.")
        }
    }

    private func checkRequest(_ message: AuditedMessage, _ findings: inout Findings) {
        let text = message.message
        if text.fromTag?.isEmpty != false {
            findings.add(.fromTag, message, "From is \(text["From"] ?? "missing").")
        }
        if let method = text.sequenceMethod, method != text.method {
            findings.add(.cseqMethod, message, "\(text.method ?? "") with CSeq \(text["CSeq"] ?? "").")
        }
        if text.branch?.hasPrefix("z9hG4bK") != true {
            findings.add(.branchCookie, message, "The branch is \(text.branch ?? "missing").")
        }
        guard let via = text.list("Via").first else { return }
        let named = via.prefix { $0 != " " }.split(separator: "/").last.map { $0.trimmed.lowercased() }
        if named != message.record.protocol.rawValue {
            findings.add(.viaTransport, message, "\(via) over \(message.record.protocol.rawValue).")
        }
    }

    private func checkBody(_ message: AuditedMessage, _ findings: inout Findings) {
        let text = message.message
        if let length = text["Content-Length"] {
            if Int(length) != text.body.count {
                findings.add(.contentLength, message, "It says \(length), the body has \(text.body.count) octets.")
            }
        } else if message.record.protocol.isReliable {
            findings.add(.contentLength, message, "There is none over \(message.record.protocol.rawValue).")
        }
        if !text.body.isEmpty, text["Content-Type"] == nil {
            findings.add(.contentType, message, "\(text.body.count) octets of body have none.")
        }
    }

    private func checkContact(_ message: AuditedMessage, _ findings: inout Findings) {
        let text = message.message
        let contacts = text.list("Contact")
        let isSuccess = text.status.map { (200...299).contains($0) } ?? false
        let makers = ["INVITE", "UPDATE", "SUBSCRIBE"] + (text.isRequest ? ["REFER"] : [])
        if text.isRequest || isSuccess, makers.contains(text.method ?? text.sequenceMethod ?? ""), contacts.count != 1 {
            findings.add(.contactInDialogMakers, message, "\(text.startLine) has \(contacts.count) Contacts.")
        }
        for contact in contacts where IPAddress(contact.addressURI.uriHost)?.isUnspecified == true {
            findings.add(.contactUsable, message, "Contact is \(contact).")
        }
    }

    private struct BranchKey: Hashable {
        let client: String
        let branch: String
    }

    private struct BranchUse: Equatable {
        let callID: String
        let number: UInt32
        let family: String
    }

    private func checkBranchUse(
        _ message: AuditedMessage, _ owners: inout [BranchKey: BranchUse], _ findings: inout Findings
    ) {
        let text = message.message
        guard let branch = text.branch, let method = text.method, let number = text.sequenceNumber else { return }
        let family = ["ACK", "CANCEL"].contains(method) ? "INVITE" : method
        let use = BranchUse(callID: text.callID ?? "", number: number, family: family)
        let key = BranchKey(client: message.sender, branch: branch)
        if let owner = owners[key], owner != use {
            findings.add(
                .branchUnique, message,
                "\(branch) was used by \(owner.family) \(owner.number), now by \(method) \(number).")
        } else {
            owners[key] = use
        }
    }
}
