import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting

/// A complete telephone without sockets: the user agent, offer and answer, and the sound of each call, in the virtual
/// time of a ``SeededNetwork``.
final class Phone: Node {
    let name: String
    let address: IPAddress
    /// The address that others shall use, when the phone knows that it is behind a NAT.
    let mediaAddress: IPAddress
    let network: SeededNetwork
    let capabilities: AudioCapabilities
    let tone: Tone
    /// Changes the session descriptions that leave, for peers with habits of their own.
    var rewrite: (String) -> String = { $0 }
    /// What to do when a call comes in.
    var whenCalled: (PhoneCall) -> Void = { _ in }
    /// What to do when a call of ours is answered.
    var whenAnswered: (PhoneCall) -> Void = { _ in }
    private(set) var core: UserAgentCore
    private(set) var calls: [PhoneCall] = []
    private(set) var notices: [Notice] = []
    private var outbox: [Datagram] = []
    private var random: SeededGenerator

    init(
        _ name: String, at address: IPAddress, on network: SeededNetwork, seed: UInt64,
        codecs: [AudioCodecOffer] = [.pcmu, .pcma], tone: Tone = .low, advertising: TransportAddress? = nil,
        configure: (inout UserAgentConfiguration) -> Void = { _ in }
    ) {
        self.name = name
        self.address = address
        self.network = network
        self.tone = tone
        capabilities = AudioCapabilities(codecs: codecs)
        mediaAddress = advertising?.ip ?? address
        var configuration = UserAgentConfiguration()
        if let advertising { configuration.advertised[.udp] = advertising }
        configure(&configuration)
        random = SeededGenerator(seed: seed &* 2 &+ 1)
        core = UserAgentCore(configuration: configuration, random: SeededGenerator(seed: seed &* 2))
        network.attach(self, at: address)
    }

    static let signallingPort: UInt16 = 5060

    /// The latest call.
    var call: PhoneCall {
        guard let call = calls.last else { preconditionFailure("\(name) has no call yet") }
        return call
    }

    /// Whether a call was ever begun.
    var hasCall: Bool { !calls.isEmpty }

    // MARK: What a person does

    /// Calls another phone.
    @discardableResult func invites(_ other: Phone, withOffer: Bool = true, at host: IPAddress? = nil) -> PhoneCall {
        let call = makeCall(core.makeSessionID())
        let target = SIPURI(user: other.name, host: .address(host ?? other.address), port: Self.signallingPort)
        let own = SIPURI(user: name, host: .address(mediaAddress), port: Self.signallingPort)
        let body = withOffer ? makeOffer(call, .sendrecv) : nil
        command(
            .invite(call.session, OutgoingInvite(target: target, from: NameAddress(uri: .sip(own)), body: body)))
        return call
    }

    func rings() { command(.ring(call.session)) }

    /// Rings with a 183 and sound before the answer.
    func ringsWithSound() {
        guard let body = makeAnswer(call) else { return }
        command(.ring(call.session, status: 183, body: body))
        startSound(call)
    }

    func answers() {
        guard !call.isOver else { return }
        let body = makeAnswer(call)
        command(.answer(call.session, body: body))
        startSound(call)
    }

    func refuses(_ status: Int) { command(.reject(call.session, status: status)) }

    func hangsUp() { command(.end(call.session)) }

    /// Changes the direction of the call by a re-INVITE.
    func changes(to direction: StreamDirection) {
        offers(direction, in: call)
    }

    private func offers(_ direction: StreamDirection, in call: PhoneCall) {
        let offer = makeOffer(call, direction)
        call.wish = PhoneCall.Wish(direction: direction, offer: offer.octets)
        command(.reinvite(call.session, body: offer))
    }

    func presses(_ keys: String) { call.media?.sendDTMF(keys) }

    func command(_ command: UserAgentCore.Command) {
        core.receive(.command(command), now: network.now)
        drainCore()
    }

    // MARK: Node

    var deadline: Instant? {
        ([core.deadline] + calls.map(\.nextTick)).compactMap { $0 }.min()
    }

    func receive(_ datagram: Datagram, now: Instant) {
        let port = datagram.destination.port
        if port == Self.signallingPort {
            core.receive(.datagram(datagram.octets, flow(to: datagram.source)), now: now)
            drainCore()
        } else if let call = calls.last(where: { $0.localRTP.port == port && !$0.isOver }) {
            call.media?.receive(packet: datagram.octets, from: datagram.source, now: now)
            drainSound(call)
        } else if let call = calls.last(where: { $0.localRTP.port &+ 1 == port && !$0.isOver }) {
            call.media?.receiveControl(packet: datagram.octets, from: datagram.source, now: now)
            drainSound(call)
        }
    }

    func wake(now: Instant) {
        if let deadline = core.deadline, deadline <= now {
            core.receive(.wake, now: now)
            drainCore()
        }
        for call in calls {
            while let tick = call.nextTick, tick <= now {
                call.nextTick = tick + .milliseconds(20)
                if let frame = call.media?.pull(now: tick) { call.heard.append((tick, frame)) }
                if call.sends { call.media?.push(call.voice(call.ticks), now: tick) }
                call.media?.wake(now: tick)
                call.ticks += 1
                drainSound(call)
            }
        }
    }

    func nextDatagram(now: Instant) -> Datagram? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    // MARK: Signalling

    private func drainCore() {
        while let output = core.nextOutput() {
            switch output {
            case .openFlow(let request, let target):
                if let remote = TransportAddress(host: target.host, port: target.port ?? Self.signallingPort) {
                    core.receive(.flowOpened(request, flow(to: remote)), now: network.now)
                } else {
                    core.receive(.flowFailed(request, reason: "No such host"), now: network.now)
                }
            case .transmit(let octets, let flow):
                outbox.append(Datagram(octets, from: flow.local, to: flow.remote))
                for call in calls where call.wish.map({ octets.suffix($0.offer.count) == $0.offer[...] }) == true {
                    call.wish?.isSent = true
                }
            case .closeFlow:
                break
            case .event(let event):
                handle(event)
            }
        }
    }

    private func flow(to remote: TransportAddress) -> Flow {
        Flow(
            protocol: .udp, local: TransportAddress(ip: address, port: Self.signallingPort), remote: remote, id: 1)
    }

    private func handle(_ event: UserAgentCore.Event) {
        switch event {
        case .incoming(let id, let request, _):
            let call = makeCall(id)
            call.offer = request.body.isEmpty ? nil : request.body
            call.story.append("incoming")
            whenCalled(call)
        case .provisional(let id, let response):
            with(id) { provisional($0, response) }
        case .answered(let id, let response, let offerPending):
            with(id) { answered($0, response, offerPending: offerPending) }
        case .acknowledged(let id, let body):
            with(id) { acknowledged($0, body) }
        case .reinvite(let id, let request):
            with(id) { reinvited($0, request) }
        case .reinviteAnswered(let id, let response):
            with(id) {
                $0.wish = nil
                take(answer: response.body, $0, "changed")
            }
        case .reinviteFailed(let id, let status):
            with(id) {
                $0.wish = nil
                $0.exchange.withdrawOffer()
                $0.story.append("change refused: \(status)")
            }
        case .ended(let id, let end):
            with(id) { ended($0, end) }
        case .notice(let notice):
            notices.append(notice)
        default:
            break
        }
    }

    private func with(_ id: SessionID, _ body: (PhoneCall) -> Void) {
        if let call = calls.last(where: { $0.session == id }) { body(call) }
    }

    private func provisional(_ call: PhoneCall, _ response: Response) {
        guard response.status > 100 else { return }
        call.story.append(response.body.isEmpty ? "\(response.status)" : "\(response.status) with sound")
        if !response.body.isEmpty { take(answer: response.body, call, nil) }
    }

    private func answered(_ call: PhoneCall, _ response: Response, offerPending: Bool) {
        call.story.append("answered")
        call.answeredAt = network.now
        if offerPending {
            call.offer = response.body
            if let body = makeAnswer(call) { command(.acknowledge(call.session, body: body)) }
            startSound(call)
        } else if !response.body.isEmpty {
            take(answer: response.body, call, nil)
        }
        whenAnswered(call)
    }

    private func acknowledged(_ call: PhoneCall, _ body: [UInt8]?) {
        call.story.append("acknowledged")
        guard call.awaitsAnswer, let body else { return }
        call.awaitsAnswer = false
        take(answer: body, call, nil)
    }

    private func reinvited(_ call: PhoneCall, _ request: Request) {
        guard !request.body.isEmpty else {
            call.awaitsAnswer = true
            command(.answerReinvite(call.session, body: makeOffer(call, .sendrecv)))
            return
        }
        // An offer of ours that had to wait makes room, and is made anew on top of the peer's.
        if let wish = call.wish { call.exchange.withdrawOffer(unsent: !wish.isSent) }
        do {
            let (answer, agreement) = try call.exchange.receiveOffer(SessionDescription(parsing: request.body))
            call.story.append("now \(agreement.direction.rawValue)")
            command(.answerReinvite(call.session, body: body(answer)))
            startSound(call)
        } catch {
            let status = (error as? OfferAnswerError)?.status ?? 400
            call.story.append("refused a change: \(status)")
            command(.rejectReinvite(call.session, status: status))
        }
        if let wish = call.wish { offers(wish.direction, in: call) }
    }

    private func ended(_ call: PhoneCall, _ end: SessionEnd) {
        call.ends.append(end)
        call.endedAt = network.now
        call.story.append("ended: \(end.cause.rawValue)" + (end.status.map { " \($0)" } ?? ""))
        call.media?.close(now: network.now)
        call.nextTick = nil
        drainSound(call)
    }

    // MARK: Offer and answer

    private func makeCall(_ id: SessionID) -> PhoneCall {
        let port = 40_000 + UInt16(truncatingIfNeeded: calls.count % 10_000) * 2
        let call = PhoneCall(
            id, localRTP: TransportAddress(ip: mediaAddress, port: port), capabilities: capabilities,
            ssrc: UInt32(truncatingIfNeeded: random.next()), tone: tone)
        calls.append(call)
        return call
    }

    private func body(_ description: SessionDescription) -> Body {
        let text = rewrite(String(decoding: description.serialized, as: UTF8.self))
        return Body(contentType: "application/sdp", octets: Array(text.utf8))
    }

    private func makeOffer(_ call: PhoneCall, _ direction: StreamDirection) -> Body {
        body(call.exchange.makeOffer(direction: direction))
    }

    /// The answer to the offer that came, or an offer when none came; again the same when it was made before.
    private func makeAnswer(_ call: PhoneCall) -> Body? {
        guard let offer = call.offer else {
            call.awaitsAnswer = true
            return makeOffer(call, .sendrecv)
        }
        do {
            return body(try call.exchange.receiveOffer(SessionDescription(parsing: offer)).answer)
        } catch {
            call.story.append("bad offer: \(error)")
            return nil
        }
    }

    private func take(answer octets: [UInt8], _ call: PhoneCall, _ entry: String?) {
        do {
            let agreement = try call.exchange.receiveAnswer(SessionDescription(parsing: octets))
            if let entry { call.story.append("\(entry): \(agreement.direction.rawValue)") }
            startSound(call)
        } catch {
            call.story.append("bad answer: \(error)")
        }
    }

    // MARK: Sound

    private func startSound(_ call: PhoneCall) {
        guard let configuration = call.configuration, !call.isOver else { return }
        if call.media != nil {
            call.media?.update(configuration)
        } else {
            call.media = MediaSession(
                configuration: configuration, random: SeededGenerator(seed: UInt64(call.ssrc)))
            call.nextTick = network.now
        }
        drainSound(call)
    }

    private func drainSound(_ call: PhoneCall) {
        while let output = call.media?.nextOutput() {
            switch output {
            case .rtp(let octets, let remote):
                outbox.append(
                    Datagram(octets, from: TransportAddress(ip: address, port: call.localRTP.port), to: remote))
            case .rtcp(let octets, let remote):
                outbox.append(
                    Datagram(octets, from: TransportAddress(ip: address, port: call.localRTP.port + 1), to: remote))
            case .event(let event):
                call.mediaEvents.append(event)
            }
        }
    }
}
