import TelephonyPrimitives

// Media streams: sound of a leg to the application, and back (reference C).

extension SandboxCallControl {
    mutating func openStream(_ number: UInt64, _ wish: StreamWish) {
        guard let leg = legs[number], leg.stream == nil, let sound = leg.sound else { return }
        let isLittleEndian = settings.isL16LittleEndian
        let own = sound.encoding
        // What can't be made of it stays in the codec of the call.
        let rate = wish.codec == "L16" ? 16_000 : 8_000
        let coder =
            StreamCoder(wish.codec, sampleRate: rate, isLittleEndian: isLittleEndian)
            ?? StreamCoder(own, sampleRate: 8_000, isLittleEndian: isLittleEndian)
        guard let coder else { return }
        let reply =
            wish.mode == "rtp"
            ? StreamCoder(wish.replyCodec, sampleRate: wish.replyRate, isLittleEndian: isLittleEndian) : nil
        let stream = MediaStream(number: makeNumber(), id: makeUUID(), wish: wish, out: coder, reply: reply)
        legs[number]?.stream = stream
        streams[stream.number] = number
        actions.append(.openStream(stream.number, url: wish.url, token: wish.authToken))
    }

    mutating func streamOpened(_ stream: UInt64, now: Instant) {
        guard let number = streams[stream], var leg = legs[number], leg.stream?.number == stream else {
            actions.append(.closeStream(stream))
            return
        }
        leg.stream?.isOpen = true
        leg.stream?.openedAt = now
        actions.append(.sendStream(stream, #"{"event":"connected","version":"1.0.0"}"#))
        var start: [String: JSONValue] = [
            "user_id": .string(Self.userID), "call_control_id": .string(leg.controlID),
            "call_session_id": .string(leg.sessionID), "from": .string(leg.from), "to": .string(leg.to),
            "client_state": leg.clientState.map { .string($0) } ?? .null, "tags": [],
        ]
        if let stream = leg.stream {
            start["media_format"] = [
                "encoding": .string(stream.out.encoding), "sample_rate": .number(Double(stream.out.sampleRate)),
                "channels": 1,
            ]
            if !stream.wish.parameters.isEmpty {
                start["custom_parameters"] = .object(
                    Dictionary(stream.wish.parameters.map { ($0.name, .string($0.value)) }) { $1 })
            }
        }
        if let message = leg.stream?.message("start", ["start": .object(start)]) {
            actions.append(.sendStream(stream, message))
        }
        if fault == .streamCut, leg.document?.hasReopened != true { leg.cutAt = now + .seconds(5) }
        legs[number] = leg
        tell("streaming.started", number, ["stream_url": .string(leg.stream?.wish.url ?? "")], now: now)
    }

    mutating func streamFailed(_ stream: UInt64, _ reason: String, now: Instant) {
        guard let number = streams.removeValue(forKey: stream), let failed = legs[number]?.stream,
            failed.number == stream
        else { return }
        remarks.append("the media stream can't be opened: \(reason)")
        if legs[number]?.document?.triesAgain(now: now) == true {
            legs[number]?.stream = nil
            return
        }
        tellFailure(number, failed, "connection_failed", now: now)
        goOn(number, now: now)
    }

    private mutating func tellFailure(_ number: UInt64, _ stream: MediaStream, _ reason: String, now: Instant) {
        legs[number]?.stream = nil
        tell(
            "streaming.failed", number,
            [
                "stream_id": .string(stream.id), "stream_type": "websocket", "failure_reason": .string(reason),
                "stream_params": ["stream_url": .string(stream.wish.url), "track": .string(stream.wish.track)],
            ], now: now)
    }

    /// The application has closed it: the call goes on.
    mutating func streamClosed(_ stream: UInt64, now: Instant) {
        guard let number = streams.removeValue(forKey: stream), let closed = legs[number]?.stream,
            closed.number == stream
        else { return }
        legs[number]?.stream = nil
        _ = legs[number]?.sound?.queue.clear()
        tell("streaming.stopped", number, ["stream_url": .string(closed.wish.url)], now: now)
        goOn(number, now: now)
    }

    /// Stop, and goodbye.
    mutating func stopStream(_ number: UInt64, now: Instant) {
        guard let leg = legs[number], var stream = leg.stream else { return }
        legs[number]?.stream = nil
        streams[stream.number] = nil
        _ = legs[number]?.sound?.queue.clear()
        if stream.isOpen {
            let stop: JSONValue = [
                "user_id": .string(Self.userID), "call_control_id": .string(leg.controlID),
            ]
            actions.append(.sendStream(stream.number, stream.message("stop", ["stop": stop])))
            tell("streaming.stopped", number, ["stream_url": .string(stream.wish.url)], now: now)
        }
        actions.append(.closeStream(stream.number))
        goOn(number, now: now)
    }

    /// A fault: the connection breaks.
    mutating func cutStream(_ number: UInt64, now: Instant) {
        legs[number]?.cutAt = nil
        guard let stream = legs[number]?.stream else { return }
        streams[stream.number] = nil
        _ = legs[number]?.sound?.queue.clear()
        actions.append(.cutStream(stream.number))
        remarks.append("the media stream is cut")
        if legs[number]?.document?.isCut(now: now) == true {
            legs[number]?.stream = nil
            return
        }
        tellFailure(number, stream, "connection_lost", now: now)
        goOn(number, now: now)
    }

    // MARK: To the application

    /// A packet of the leg's other side.
    mutating func heard(_ packet: [UInt8], _ number: UInt64, now: Instant) {
        guard let arrival = legs[number]?.sound?.receive(packet, now: now) else { return }
        switch arrival {
        case .sound(let samples, let raw): stream(number, samples, raw, isInbound: true, now: now)
        case .keys(let keys): for key in keys { pressed(key, number, now: now) }
        case .nothing: break
        }
    }

    /// A packet of the place that the call was handed over to.
    mutating func overheard(_ packet: [UInt8], _ number: UInt64, now: Instant) {
        guard legs[number]?.stream != nil, let sound = legs[number]?.sound?.sound(of: packet) else { return }
        stream(number, sound.samples, sound.raw, isInbound: false, now: now)
    }

    private mutating func stream(
        _ number: UInt64, _ samples: [Int16], _ raw: [UInt8]?, isInbound: Bool, now: Instant
    ) {
        guard var stream = legs[number]?.stream, stream.isOpen,
            stream.wish.track == "both_tracks" || (stream.wish.track == "inbound_track") == isInbound
        else { return }
        let isSame = stream.out.encoding == legs[number]?.sound?.encoding
        let payload = isSame ? raw ?? stream.out.encode(samples) : stream.out.encode(samples)
        let message = stream.media(payload, track: isInbound ? "inbound" : "outbound", now: now)
        legs[number]?.stream = stream
        actions.append(.sendStream(stream.number, message))
    }

    mutating func streamKey(_ number: UInt64, _ key: Character, now: Instant) {
        guard let stream = legs[number]?.stream, stream.isOpen else { return }
        let time = time(now)
        let message = legs[number]?.stream?.message(
            "dtmf", ["occurred_at": .string(time), "dtmf": ["digit": .string(String(key))]])
        if let message { actions.append(.sendStream(stream.number, message)) }
    }

    /// The 20 ms that are due.
    mutating func speak(_ number: UInt64, now: Instant) {
        guard let tick = legs[number]?.sound?.tick(now: now) else { return }
        // Once it was handed over, the other place is heard.
        if let packet = tick.packet, legs[number]?.transfer?.isBridged != true {
            orders.append(.say(number, packet))
        }
        if let samples = tick.samples { stream(number, samples, nil, isInbound: false, now: now) }
        for mark in tick.marks { sendMark(number, mark) }
        if tick.hasHummed { stopHum(number, "completed", now: now) }
    }

    private mutating func sendMark(_ number: UInt64, _ name: String) {
        guard let stream = legs[number]?.stream?.number,
            let message = legs[number]?.stream?.message("mark", ["mark": ["name": .string(name)]])
        else { return }
        actions.append(.sendStream(stream, message))
    }

    // MARK: From the application

    mutating func streamMessage(_ stream: UInt64, _ octets: [UInt8], now: Instant) {
        guard let number = streams[stream], let leg = legs[number], let own = leg.stream, own.isOpen else { return }
        guard let message = (try? JSONValue(parsing: octets))?.object, let event = message["event"]?.string else {
            return refuse(own, 100_003, "malformed_frame", "The frame is no JSON object with an event.")
        }
        switch event {
        case "media":
            guard let text = message["media"]?["payload"]?.string else {
                return refuse(own, 100_003, "malformed_frame", "media.payload is missing.")
            }
            guard let payload = Base64.octets(text), !payload.isEmpty else {
                return refuse(own, 100_004, "invalid_media", "media.payload is no Base64.")
            }
            play(payload, leg, own, now: now)
        case "mark":
            guard let name = message["mark"]?["name"]?.string else {
                return refuse(own, 100_003, "malformed_frame", "mark.name is missing.")
            }
            guard leg.sound?.queue.marks ?? 0 < PlayQueue.maximumMarks else {
                return refuse(own, 100_005, "rate_limit_reached", "Too many marks wait.")
            }
            if leg.sound?.queue.isEmpty ?? true {
                sendMark(number, name)
            } else {
                legs[number]?.sound?.queue.append(mark: name)
            }
        case "clear":
            for mark in legs[number]?.sound?.queue.clear() ?? [] { sendMark(number, mark) }
        default: refuse(own, 100_003, "malformed_frame", "There is no event \(Self.shown(event)).")
        }
    }

    private mutating func refuse(_ stream: MediaStream, _ code: Int, _ title: String, _ detail: String) {
        remarks.append("the media stream is told \(title): \(detail)")
        actions.append(.sendStream(stream.number, stream.error(code, title, detail)))
    }

    private mutating func play(_ payload: [UInt8], _ leg: ControlledLeg, _ stream: MediaStream, now: Instant) {
        let number = leg.number
        guard var coder = stream.reply else {
            if let last = stream.lastPiece, now - last < .seconds(1) {
                return refuse(stream, 100_005, "rate_limit_reached", "One MP3 a second is the most.")
            }
            legs[number]?.stream?.lastPiece = now
            return complain(number, "stream_bidirectional_mode is not rtp: the application's sound is dropped")
        }
        // Nobody is known to have said what a single leg hears of it when this is left out; `self` is sure.
        guard stream.wish.targets != "opposite" else {
            return complain(
                number, "stream_bidirectional_target_legs is opposite: there is no other leg to hear the application")
        }
        let samples = coder.decode(payload)
        legs[number]?.stream?.reply = coder
        guard samples.count <= 30 * 8_000 else {
            return refuse(stream, 100_004, "invalid_media", "30 s are the most.")
        }
        guard (leg.sound?.queue.samples ?? 0) + samples.count <= PlayQueue.maximumSamples else {
            return refuse(stream, 100_005, "rate_limit_reached", "Ten minutes of sound wait already.")
        }
        legs[number]?.sound?.queue.append(samples)
        legs[number]?.sound?.awaken(now: now)
    }

    private mutating func complain(_ number: UInt64, _ sentence: String) {
        guard legs[number]?.stream?.hasComplained == false else { return }
        legs[number]?.stream?.hasComplained = true
        remarks.append(sentence)
    }
}
