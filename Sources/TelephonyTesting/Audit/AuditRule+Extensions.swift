// The rules of RFC 3262, 3311, 4028, 6026 and of what a refusal has to say.

// MARK: - Refusals

extension AuditRule {
    static let refusal: [AuditRule] = [refusalExplains, cancelEndsInvite, contactInEarlyDialog]

    public static let refusalExplains = AuditRule(
        "refusal-explains", "RFC 3261 §8.2, §10.3, §22.2, RFC 4028 §6, RFC 6665 §4.2.1",
        "A refusal says what would be taken: 401 WWW-Authenticate, 405 Allow, 407 Proxy-Authenticate, 415 Accept or its "
            + "like, 420 Unsupported, 422 Min-SE, 423 Min-Expires, 489 Allow-Events.")
    public static let cancelEndsInvite = AuditRule(
        "cancel-ends-invite", "RFC 3261 §9.2",
        "A CANCEL that is accepted before the final response to its INVITE makes that a 487.")
    public static let contactInEarlyDialog = AuditRule(
        "contact-in-early-dialog", "RFC 3261 §12.1.1",
        "A provisional response that makes a dialog carries exactly one Contact.")
}

// MARK: - Reliable provisional responses

extension AuditRule {
    static let reliable: [AuditRule] = [
        reliableWanted, reliableNumber, reliableOneAtATime, reliableTiming, reliableAcknowledged, prackMatches,
        successAfterPrack,
    ]

    public static let reliableWanted = AuditRule(
        "reliable-wanted", "RFC 3262 §3",
        "Only 101–199 to an INVITE that lists 100rel is reliable, and then it has RSeq and Require: 100rel.")
    public static let reliableNumber = AuditRule(
        "reliable-number", "RFC 3262 §3, §7.1",
        "RSeq begins between 1 and 2^31 − 1 and rises by one with each reliable response of a dialog.")
    public static let reliableOneAtATime = AuditRule(
        "reliable-one-at-a-time", "RFC 3262 §3",
        "No reliable response goes out before the one before it has its PRACK.")
    public static let reliableTiming = AuditRule(
        "reliable-timing", "RFC 3262 §3",
        "A reliable response is sent again after T1, 2·T1, 4·T1… until its PRACK or 64·T1, whatever the transport.")
    public static let reliableAcknowledged = AuditRule(
        "reliable-acknowledged", "RFC 3262 §4",
        "Each reliable response that arrives in order gets a PRACK while its INVITE is open.")
    public static let prackMatches = AuditRule(
        "prack-matches", "RFC 3262 §4, §7.2",
        "RAck of a PRACK has the RSeq, and the CSeq of the INVITE, of a reliable response that has arrived in its dialog."
    )
    public static let successAfterPrack = AuditRule(
        "success-after-prack", "RFC 3262 §3",
        "No 2xx goes out while a reliable response with a session description has no PRACK.")
}

// MARK: - Offers that meet

extension AuditRule {
    static let glare: [AuditRule] = [glareRefused, secondOfferRefused, glareWait]

    public static let glareRefused = AuditRule(
        "glare-refused", "RFC 3261 §14.2, RFC 3311 §5.2",
        "An offer that arrives while one of ours is open is refused with 491.")
    public static let secondOfferRefused = AuditRule(
        "second-offer-refused", "RFC 3261 §14.2, RFC 3311 §5.2",
        "An INVITE or UPDATE that arrives while an earlier one of its sender waits is refused with 500 and a Retry-After "
            + "of 0 to 10 seconds.")
    public static let glareWait = AuditRule(
        "glare-wait", "RFC 3261 §14.1, RFC 3311 §5.3",
        "After 491 the owner of the Call-ID offers again after 2.1 to 4 seconds, not before.")
}

// MARK: - Session timers

extension AuditRule {
    static let sessionTimer: [AuditRule] = [
        sessionIntervalLeast, sessionIntervalAnswered, sessionIntervalRefused, sessionIntervalRetried, sessionRefreshed,
    ]

    public static let sessionIntervalLeast = AuditRule(
        "session-interval-least", "RFC 4028 §4, §5",
        "Min-SE is never below 90 seconds, and Session-Expires never below the Min-SE beside it.")
    public static let sessionIntervalAnswered = AuditRule(
        "session-interval-answered", "RFC 4028 §9",
        "Session-Expires of a 2xx names the refresher and is no longer than was asked for, and it comes with Require: "
            + "timer when the other side refreshes; who knows no timer is not asked to.")
    public static let sessionIntervalRefused = AuditRule(
        "session-interval-refused", "RFC 4028 §6, §9",
        "422 answers a Session-Expires that is below the Min-SE it carries.")
    public static let sessionIntervalRetried = AuditRule(
        "session-interval-retried", "RFC 4028 §7.3",
        "After 422 the request comes again with its Min-SE, and a Session-Expires that is not below.")
    public static let sessionRefreshed = AuditRule(
        "session-refreshed", "RFC 4028 §10",
        "The refresher sends INVITE or UPDATE before the session expires, or somebody ends it.")
}

// MARK: - After a 2xx

extension AuditRule {
    public static let acceptedAbsorbs = AuditRule(
        "accepted-absorbs", "RFC 6026 §7.1, §8.5",
        "After a 2xx a copy of the INVITE gets no answer: the 2xx goes out again by its own timer alone.")
}
