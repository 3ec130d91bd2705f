/// One thing that an RFC demands of what crosses the wire.
public struct AuditRule: Sendable, Hashable {
    /// A short name, as used in waivers.
    public let id: String
    /// Where it is written, e.g. `RFC 3261 §9.1`.
    public let section: String
    /// What is right, in one sentence.
    public let sentence: String

    init(_ id: String, _ section: String, _ sentence: String) {
        self.id = id
        self.section = section
        self.sentence = sentence
    }

    /// Every rule that an auditor checks.
    public static let all: [AuditRule] =
        message + transaction + invite + dialog + offerAnswer + media + refusal + reliable + glare + sessionTimer
        + [acceptedAbsorbs]

    /// Rules that hold for proxies too (RFC 3261 §16): their messages, and their client transactions. A proxy has no
    /// dialogs, neither makes nor answers offers, and repeats a 2xx when the callee does.
    public static let ofProxies: Set<AuditRule> = Set(
        message + [
            retransmissionIdentical, requestTiming, responseMatchesRequest, responseToNothing, tryingWithoutTag,
            nothingAfterFinal, inviteAnsweredInTime, nonInviteProvisional, no408ToNonInvite, cancelMatchesInvite,
            cancelWhilePending, ackToRefusal, refusalExplains,
        ])
}

// MARK: - Messages

extension AuditRule {
    static let message: [AuditRule] = [
        grammar, mandatoryHeaders, contactInDialogMakers, branchCookie, branchUnique, fromTag, cseqMethod,
        contentLength,
        contentType, viaTransport, contactUsable,
    ]

    public static let grammar = AuditRule(
        "grammar", "RFC 3261 §7, §25.1",
        "A message follows the grammar to the letter: its lines end with CR LF, and start line and headers are as they "
            + "are defined.")
    public static let mandatoryHeaders = AuditRule(
        "mandatory-headers", "RFC 3261 §8.1.1, §8.2.6.2",
        "A request has Via, From, To, Call-ID, CSeq and Max-Forwards; a response the first five.")
    public static let contactInDialogMakers = AuditRule(
        "contact-in-dialog-makers", "RFC 3261 §8.1.1.8, §12.1.1, RFC 3311 §5.1, RFC 3515 §2.2, RFC 6665 §3.1.3",
        "INVITE, UPDATE, SUBSCRIBE and REFER, and the 2xx to the first three, carry exactly one Contact.")
    public static let branchCookie = AuditRule(
        "branch-cookie", "RFC 3261 §8.1.1.7", "The branch of a request begins with z9hG4bK.")
    public static let branchUnique = AuditRule(
        "branch-unique", "RFC 3261 §8.1.1.7",
        "A branch names one transaction; only its CANCEL and the ACK to its non-2xx final use it again.")
    public static let fromTag = AuditRule("from-tag", "RFC 3261 §8.1.1.3", "From of a request has a tag.")
    public static let cseqMethod = AuditRule(
        "cseq-method", "RFC 3261 §8.1.1.5", "The method of CSeq is the method of the request line.")
    public static let contentLength = AuditRule(
        "content-length", "RFC 3261 §18.3, §20.14",
        "Content-Length counts the octets of the body; on a stream it can't be left out.")
    public static let contentType = AuditRule(
        "content-type", "RFC 3261 §20.15", "A message with a body says its Content-Type.")
    public static let viaTransport = AuditRule(
        "via-transport", "RFC 3261 §18.1.1", "The top Via of a request names the transport that carries it.")
    public static let contactUsable = AuditRule(
        "contact-usable", "RFC 3261 §8.1.1.8, §12.1.1",
        "Contact names an address at which the sender can be reached, so never 0.0.0.0 or ::.")
}

// MARK: - Transactions

extension AuditRule {
    static let transaction: [AuditRule] = [
        retransmissionIdentical, requestTiming, requestAnswered, responseMatchesRequest, responseToNothing, toTag,
        oneToTag, tryingWithoutTag, oneFinal, nothingAfterFinal, inviteAnsweredInTime, nonInviteProvisional,
        no408ToNonInvite, finalTiming,
    ]

    public static let retransmissionIdentical = AuditRule(
        "retransmission-identical", "RFC 3261 §17.1.1.2, §17.1.2.2, §17.2.1",
        "A retransmission is octet for octet what was sent first.")
    public static let requestTiming = AuditRule(
        "request-timing", "RFC 3261 §17.1.1.2, §17.1.2.2",
        "A request over UDP is sent again after T1, 2·T1, 4·T1… (non-INVITE: at most T2) until it is answered or 64·T1 "
            + "have passed, over a reliable transport never.")
    public static let requestAnswered = AuditRule(
        "request-answered", "RFC 3261 §8.2.7, §17.2", "Each request that arrives, ACK apart, gets a final response.")
    public static let responseMatchesRequest = AuditRule(
        "response-matches-request", "RFC 3261 §8.2.6.2",
        "A response repeats all Via values, From, Call-ID, CSeq and (its tag apart) To of its request.")
    public static let responseToNothing = AuditRule(
        "response-to-nothing", "RFC 3261 §8.2.6", "A response answers a request that has arrived.")
    public static let toTag = AuditRule(
        "to-tag", "RFC 3261 §8.2.6.2", "Every response but 100 has a To tag, that of the request if it had one.")
    public static let oneToTag = AuditRule(
        "one-to-tag", "RFC 3261 §8.2.6.2", "A user agent uses one To tag in all its responses to a request.")
    public static let tryingWithoutTag = AuditRule(
        "trying-without-tag", "RFC 3261 §8.2.6.2, §17.2.1",
        "100 carries a To tag only if the request had one: it makes no dialog.")
    public static let oneFinal = AuditRule(
        "one-final", "RFC 3261 §17.2.1, §17.2.2", "A request gets one final response, never two different ones.")
    public static let nothingAfterFinal = AuditRule(
        "nothing-after-final", "RFC 3261 §17.2.1", "No provisional response follows a final one.")
    public static let inviteAnsweredInTime = AuditRule(
        "invite-answered-in-time", "RFC 3261 §17.2.1", "INVITE gets its first response within 200 ms.")
    public static let nonInviteProvisional = AuditRule(
        "non-invite-provisional", "RFC 4320 §4.1",
        "A request other than INVITE gets no provisional response but 100.")
    public static let no408ToNonInvite = AuditRule(
        "no-408-to-non-invite", "RFC 4320 §4.2", "No user agent answers a request other than INVITE with 408.")
    public static let finalTiming = AuditRule(
        "final-timing", "RFC 3261 §13.3.1.4, §17.2.1, §17.2.2",
        "A final response to INVITE is sent again after T1, doubling up to T2, until its ACK arrives; a response to "
            + "another request only when that request arrives again.")
}

// MARK: - INVITE, ACK, CANCEL

extension AuditRule {
    static let invite: [AuditRule] = [
        finalAcknowledged, ackUnasked, ackToRefusal, ackToSuccess, cancelMatchesInvite, cancelWhilePending,
        unacknowledgedSuccessEnds,
    ]

    public static let finalAcknowledged = AuditRule(
        "final-acknowledged", "RFC 3261 §13.2.2.4, §17.1.1.3",
        "Each final response to INVITE that arrives, copies too, is answered with an ACK.")
    public static let ackUnasked = AuditRule(
        "ack-unasked", "RFC 3261 §13.2.2.4, §17.1.1.3", "An ACK answers a final response that has arrived.")
    public static let ackToRefusal = AuditRule(
        "ack-to-refusal", "RFC 3261 §17.1.1.3",
        "The ACK to a 3xx–6xx has the INVITE's Request-URI, only its top Via, its From, Call-ID, CSeq number and Route, "
            + "and To as in the response.")
    public static let ackToSuccess = AuditRule(
        "ack-to-success", "RFC 3261 §13.2.2.4, §22.1",
        "The ACK to a 2xx is a transaction of its own (new branch) with the INVITE's CSeq number and credentials.")
    public static let cancelMatchesInvite = AuditRule(
        "cancel-matches-invite", "RFC 3261 §9.1",
        "CANCEL has the INVITE's Request-URI, Call-ID, From, To, CSeq number, Route and, as its only one, top Via.")
    public static let cancelWhilePending = AuditRule(
        "cancel-while-pending", "RFC 3261 §9.1",
        "CANCEL is sent after a provisional response to its INVITE and before a final one.")
    public static let unacknowledgedSuccessEnds = AuditRule(
        "unacknowledged-success-ends", "RFC 3261 §13.3.1.4",
        "When no ACK came for 64·T1 after a 2xx, its sender ends the call with BYE.")
}

// MARK: - Dialogs

extension AuditRule {
    static let dialog: [AuditRule] = [
        dialogCSeq, dialogTags, dialogTarget, dialogRoute, recordRouteCopied, byeOnce, nothingAfterBye,
        calleeByeWaits, oneInviteAtATime,
    ]

    public static let dialogCSeq = AuditRule(
        "dialog-cseq", "RFC 3261 §12.2.1.1", "CSeq of a dialog's requests rises in each direction.")
    public static let dialogTags = AuditRule(
        "dialog-tags", "RFC 3261 §12.2.1.1", "A request with a To tag belongs to a dialog that its sender has.")
    public static let dialogTarget = AuditRule(
        "dialog-target", "RFC 3261 §12.2.1.1",
        "The Request-URI in a dialog is the remote target, or the first route when that is a strict router.")
    public static let dialogRoute = AuditRule(
        "dialog-route", "RFC 3261 §12.1, §12.2.1.1", "Route in a dialog is the route set that Record-Route made.")
    public static let recordRouteCopied = AuditRule(
        "record-route-copied", "RFC 3261 §12.1.1",
        "18x and 2xx that make a dialog repeat every Record-Route of the request in order, behind those of later hops.")
    public static let byeOnce = AuditRule(
        "bye-once", "RFC 3261 §15.1.1", "A side ends a dialog with one BYE, a repetition with credentials apart.")
    public static let nothingAfterBye = AuditRule(
        "nothing-after-bye", "RFC 3261 §15.1, RFC 5407 App. D",
        "After BYE a side starts nothing more in the dialog.")
    public static let calleeByeWaits = AuditRule(
        "callee-bye-waits", "RFC 3261 §15",
        "The callee sends no BYE before the ACK has come or 64·T1 have passed.")
    public static let oneInviteAtATime = AuditRule(
        "one-invite-at-a-time", "RFC 3261 §14.1",
        "No new INVITE starts in a dialog while another one is unanswered on that side.")
}

// MARK: - Offer and answer

extension AuditRule {
    static let offerAnswer: [AuditRule] = [
        sdpWellFormed, sdpAddressUsable, originVersion, mediaLinesKept, answerMediaLines, answerRejectedStays,
        answerDirection, answerFormats, answerPresent, offerOnce, answerConsistent,
    ]

    public static let sdpWellFormed = AuditRule(
        "sdp-well-formed", "RFC 8866 §5, §9",
        "A session description has v=, o= with six fields, s=, t= in this order, and c= for every media.")
    public static let sdpAddressUsable = AuditRule(
        "sdp-address-usable", "RFC 3264 §5.1, §8.4", "Media is never asked for at 0.0.0.0 or ::.")
    public static let originVersion = AuditRule(
        "origin-version", "RFC 3264 §8",
        "A changed session description keeps o= and raises its version by one; an unchanged one keeps the version.")
    public static let mediaLinesKept = AuditRule(
        "media-lines-kept", "RFC 3264 §8", "A later offer has all media lines of the earlier description, in order.")
    public static let answerMediaLines = AuditRule(
        "answer-media-lines", "RFC 3264 §6", "An answer has the offer's media lines: as many, same kinds, same order.")
    public static let answerRejectedStays = AuditRule(
        "answer-rejected-stays", "RFC 3264 §6", "Media offered with port 0 is answered with port 0.")
    public static let answerDirection = AuditRule(
        "answer-direction", "RFC 3264 §6.1", "The direction of an answer is no wider than the offer lets it be.")
    public static let answerFormats = AuditRule(
        "answer-formats", "RFC 3264 §6.1", "Accepted media has a format of the offer.")
    public static let answerPresent = AuditRule(
        "answer-present", "RFC 3261 §13.2.1, §13.3.1, RFC 6337 §2.2",
        "An offer in INVITE, UPDATE or PRACK is answered in the 2xx at the latest; an INVITE without one gets it in the "
            + "2xx, answered in the ACK.")
    public static let offerOnce = AuditRule(
        "offer-once", "RFC 3264 §4, RFC 6337 §2.2",
        "No second offer is made while one is open, and none where an answer is due or nothing may stand.")
    public static let answerConsistent = AuditRule(
        "answer-consistent", "RFC 3261 §13.2.1",
        "Session descriptions in several responses to one INVITE of one dialog are the same.")
}

// MARK: - Media

extension AuditRule {
    static let media: [AuditRule] = [
        rtpHeader, rtpSequence, rtpTimestamp, rtpMarker, rtpPayloadType, rtpPace, rtpNegotiated, rtpAfterBye,
        rtpDirection, ssrcStable, rtcpWellFormed, telephoneEvent,
    ]

    public static let rtpHeader = AuditRule(
        "rtp-header", "RFC 3550 §5.1", "CSRC list, extension and padding of an RTP packet fit into it.")
    public static let rtpSequence = AuditRule(
        "rtp-sequence", "RFC 3550 §5.1", "The sequence number rises by one for each packet sent.")
    public static let rtpTimestamp = AuditRule(
        "rtp-timestamp", "RFC 3550 §5.1",
        "The timestamp counts samples: it rises by what the packet before held, and keeps up with the clock.")
    public static let rtpMarker = AuditRule(
        "rtp-marker", "RFC 3551 §4.1", "The marker of an audio packet says that sound begins after a gap.")
    public static let rtpPayloadType = AuditRule(
        "rtp-payload-type", "RFC 3264 §5.1, §6.1", "A packet has a payload type that its receiver asked for.")
    public static let rtpPace = AuditRule(
        "rtp-pace", "RFC 3551 §4.2", "Audio leaves at its own pace: a packet per packet time, no bursts, no drift.")
    public static let rtpNegotiated = AuditRule(
        "rtp-negotiated", "RFC 3264 §5.1, §6.1",
        "Media goes to an address that a session description gave, after its sender has seen it.")
    public static let rtpAfterBye = AuditRule(
        "rtp-after-bye", "RFC 3261 §15.1.1", "Who has sent or received BYE sends no more media.")
    public static let rtpDirection = AuditRule(
        "rtp-direction", "RFC 3264 §5.1, §6.1", "No audio is sent against a negotiated recvonly or inactive.")
    public static let ssrcStable = AuditRule(
        "ssrc-stable", "RFC 3550 §8", "A sender keeps its SSRC for the length of a stream.")
    public static let rtcpWellFormed = AuditRule(
        "rtcp-well-formed", "RFC 3550 §6.1",
        "An RTCP packet is a compound that begins with SR or RR, names its CNAME, and whose lengths add up.")
    public static let telephoneEvent = AuditRule(
        "telephone-event", "RFC 4733 §2.3, §2.5",
        "An event keeps its timestamp, its duration never falls, only its first packet is marked, and its end is sent "
            + "three times.")
}
