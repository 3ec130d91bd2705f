import TelephonyPrimitives

// Webhooks: made, signed, posted, posted again (reference B3).

extension SandboxCallControl {
    /// Tells of an event of a leg.
    ///
    /// - Parameter more: what its payload has beyond what all have.
    mutating func tell(
        _ event: String, _ number: UInt64, _ more: [String: JSONValue] = [:], isOfTransfer: Bool = false, now: Instant
    ) {
        guard let leg = legs[number] else { return }
        if leg.document != nil, !isOfTransfer { return tellStatus(event, leg, more, now: now) }
        var payload: [String: JSONValue] = [
            "call_control_id": .string(leg.controlID), "call_leg_id": .string(leg.legID),
            "call_session_id": .string(leg.sessionID), "connection_id": .string(leg.application),
            "client_state": leg.clientState.map { .string($0) } ?? .null,
        ]
        if event.hasPrefix("call."), !event.hasPrefix("call.speak"), !event.hasPrefix("call.playback") {
            payload["from"] = .string(leg.from)
            payload["to"] = .string(leg.to)
        }
        payload.merge(more) { $1 }
        let data: JSONValue = [
            "record_type": "event", "event_type": .string(event), "id": .string(makeUUID()),
            "occurred_at": .string(time(now)), "payload": .object(payload),
        ]
        let urls =
            leg.document == nil ? addresses(of: event, leg) : [leg.transfer?.webhookURL].compactMap(\.self)
        send(event, number, .event(data), to: urls, now: now)
    }

    /// Has something posted, with what is to go wrong with it.
    mutating func send(
        _ event: String, _ number: UInt64, _ content: PendingWebhook.Content, to urls: [String], now: Instant
    ) {
        let place = legs[number]?.events ?? 0
        legs[number]?.events += 1
        guard !urls.isEmpty else { return }
        if fault == .webhookLost, event == "call.hangup" {
            remarks.append("the webhook call.hangup is lost")
            return
        }
        let delay: Duration =
            switch fault {
            case .webhookLate: .seconds(4)
            case .webhookOutOfOrder where place % 2 == 1: .seconds(1)
            default: .zero
            }
        let webhook = PendingWebhook(event: event, content: content, urls: urls, dueAt: now + delay)
        enqueue(webhook, now: now)
        if fault == .webhookTwice {
            var copy = webhook
            copy.dueAt = now + .milliseconds(300)
            enqueue(copy, now: now)
        }
    }

    private mutating func enqueue(_ webhook: PendingWebhook, now: Instant) {
        // More than this wait for nobody.
        guard webhooks.count < 1_000 else { return }
        let number = makeNumber()
        webhooks[number] = webhook
        if webhook.dueAt == now { post(number, now: now) }
    }

    private func addresses(of event: String, _ leg: ControlledLeg) -> [String] {
        if let urls = leg.webhookURLs[event], !urls.isEmpty { return urls }
        if let url = leg.webhookURL { return [url] }
        let application = account.record(.applications, leg.application) ?? [:]
        return ["webhook_event_url", "webhook_event_failover_url"].compactMap { application[$0]?.string }
            .filter { !$0.isEmpty }
    }

    mutating func post(_ number: UInt64, now: Instant) {
        guard var webhook = webhooks[number], let url = webhook.nextURL else {
            webhooks[number] = nil
            return
        }
        webhook.attempt += 1
        webhook.dueAt = nil
        webhooks[number] = webhook
        let body: [UInt8]
        var headers: [String: String]
        switch webhook.content {
        case .event(let data):
            let envelope: JSONValue = [
                "data": data, "meta": ["attempt": .number(Double(webhook.attempt)), "delivered_to": .string(url)],
            ]
            body = Array(envelope.json.utf8)
            headers = ["Content-Type": "application/json", "User-Agent": "telnyx-webhooks"]
        case .form(let text):
            body = Array(text.utf8)
            headers = ["Content-Type": "application/x-www-form-urlencoded", "User-Agent": "telnyx-webhooks"]
        }
        headers.merge(signature(of: body, now: now)) { $1 }
        actions.append(
            .post(
                number,
                WebhookDelivery(
                    url: url, headers: headers, body: body, event: webhook.event, attempt: webhook.attempt)))
    }

    /// The header fields that tell by whom it is, and when.
    func signature(of octets: [UInt8], now: Instant) -> [String: String] {
        guard fault != .webhookUnsigned else { return [:] }
        // Of the clock that is off, no more than the time in the header shows.
        let seconds = seconds(now) - (fault == .clockOff ? 600 : 0)
        let signer = fault == .webhookForged ? forger : signer
        var headers = ["telnyx-timestamp": String(seconds)]
        headers["telnyx-signature-ed25519"] = signer?.signature(of: octets, at: seconds)
        return headers
    }

    /// What came of it. Without an answer, and after 408, 429 and 5xx, it comes again.
    mutating func delivered(_ number: UInt64, _ status: Int?, now: Instant) {
        guard var webhook = webhooks[number], webhook.dueAt == nil else { return }
        let answer = status.map { "\($0)" } ?? "no answer"
        switch status {
        case .some(200..<300):
            webhooks[number] = nil
            return
        case .some(let status) where (400..<500).contains(status) && ![408, 429].contains(status):
            // No use in asking there again.
            webhook.attempt = (webhook.attempt + PendingWebhook.triesPerAddress - 1) / PendingWebhook.triesPerAddress
            webhook.attempt *= PendingWebhook.triesPerAddress
        default: break
        }
        guard webhook.nextURL != nil else {
            webhooks[number] = nil
            remarks.append("nobody has taken the webhook \(webhook.event): \(answer)")
            return
        }
        webhook.dueAt = now + webhook.pause
        webhooks[number] = webhook
    }
}
