internal import TelephonyPrimitives

/// What others have the agent say: see ``Prompter``.
extension TurnTaking {
    /// How many may wait for their moment.
    private static let maximumAnnouncements = 20

    mutating func announce(_ text: String, now: Instant, _ outputs: inout [Output]) {
        guard !isTransferring, !isLeaving, announcements.count < Self.maximumAnnouncements else {
            record("not said", text, now: now, &outputs)
            return
        }
        announcements.append(text)
    }

    /// Says what waits, unless somebody is in the midst of something: then it would be cut, or be dropped with an answer
    /// that nobody has heard yet.
    mutating func sayAnnouncements(now: Instant, _ outputs: inout [Output]) {
        guard !announcements.isEmpty, isIdle, !isOnHold, !isTransferring, !isLeaving, closing == nil, !isOver else {
            return
        }
        let text = announcements.removeFirst()
        // The dialogue has not said it: what is cut of it is not cut of an answer.
        say(text, isFiller: true, now: now, &outputs)
        outputs.append(.announced(text))
    }
}
