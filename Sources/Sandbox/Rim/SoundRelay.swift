import NIOCore
import NIOPosix
import RTPMedia
import TelephonyPrimitives

/// The sound of one call: what comes from one side goes to the other, to where that side sends from.
///
/// Packets are not looked into, but those of a side that encrypts are opened and sealed here; what a number says that answers
/// by itself is made here.
final class SoundRelay {
    /// The four sockets of a call: RTP on an even port, RTCP on the one above.
    struct Channels: Sendable {
        let caller: any Channel
        let callerControl: any Channel
        let callee: any Channel
        let calleeControl: any Channel
        let callerPort: UInt16
        let calleePort: UInt16

        func close() {
            for channel in [caller, callerControl, callee, calleeControl] { channel.close(promise: nil) }
        }

        func channel(_ side: SoundSide, isControl: Bool) -> any Channel {
            switch (side, isControl) {
            case (.caller, false): caller
            case (.caller, true): callerControl
            case (.callee, false): callee
            case (.callee, true): calleeControl
            }
        }
    }

    private struct Place: Hashable {
        let side: SoundSide
        let isControl: Bool
    }

    private let loop: any EventLoop
    private let fault: SandboxFault?
    private var channels: Channels?
    /// Where a side sends from: there its sound goes, whatever its description says.
    private var latched: [Place: SocketAddress] = [:]
    private var aimed: [SoundSide: TransportAddress] = [:]
    private var agentSide: SoundSide?
    private var protections: [SoundSide: SRTPSession] = [:]
    /// Sides whose keys can't be used: nothing goes in the clear in place of that.
    private var unusable: Set<SoundSide> = []
    private var script: ScriptedSound?
    private var pump: RepeatedTask?
    /// Told of each packet of sound and the side that it is from.
    var onTap: ((SoundSide, [UInt8]) -> Void)?

    init(loop: any EventLoop, fault: SandboxFault?) {
        self.loop = loop
        self.fault = fault
    }

    /// Opens the sockets of a call, each pair at an even port of the carrier's range (reference A1).
    static func bind(
        at ip: IPAddress, on loop: any EventLoop,
        _ prepare: @escaping @Sendable (any Channel, SoundSide, Bool) throws -> Void
    ) -> EventLoopFuture<Channels> {
        pair(at: ip, on: loop, .caller, attempts: 50, prepare).flatMap { caller in
            let callee = pair(at: ip, on: loop, .callee, attempts: 50, prepare)
            callee.whenFailure { _ in for channel in [caller.0, caller.1] { channel.close(promise: nil) } }
            return callee.map { callee in
                Channels(
                    caller: caller.0, callerControl: caller.1, callee: callee.0, calleeControl: callee.1,
                    callerPort: caller.2, calleePort: callee.2)
            }
        }
    }

    private static func pair(
        at ip: IPAddress, on loop: any EventLoop, _ side: SoundSide, attempts: Int,
        _ prepare: @escaping @Sendable (any Channel, SoundSide, Bool) throws -> Void
    ) -> EventLoopFuture<(any Channel, any Channel, UInt16)> {
        let port = UInt16.random(in: 8_192..<16_384) * 2
        @Sendable func open(_ port: UInt16, isControl: Bool) -> EventLoopFuture<any Channel> {
            DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try prepare(channel, side, isControl) }
                }
                .bind(host: ip.description, port: Int(port))
        }
        return open(port, isControl: false).flatMap { sound in
            let control = open(port + 1, isControl: true)
            control.whenFailure { _ in sound.close(promise: nil) }
            return control.map { (sound, $0, port) }
        }
        .flatMapError { error in
            guard attempts > 1 else { return loop.makeFailedFuture(error) }
            return pair(at: ip, on: loop, side, attempts: attempts - 1, prepare)
        }
    }

    func use(_ channels: Channels) { self.channels = channels }

    func close() {
        pump?.cancel()
        onTap = nil
        channels?.close()
        channels = nil
    }

    func obey(_ order: RelayOrder) {
        switch order {
        case .aim(let side, let address):
            aimed[side] = address
            // It may send from elsewhere from now on.
            latched[Place(side: side, isControl: false)] = nil
            latched[Place(side: side, isControl: true)] = nil
        case .agentSide(let side): agentSide = side
        case .protect(let side, let keys):
            protections[side] = keys.flatMap(Self.session)
            if keys != nil, protections[side] == nil { unusable.insert(side) } else { unusable.remove(side) }
        case .play(let sound, let payloadType): play(sound, payloadType)
        case .say(let packet, let side): pass(ByteBuffer(bytes: packet), from: side, isControl: false)
        case .open, .close, .tap: break
        }
    }

    /// A packet has come to a side.
    func heard(_ packet: ByteBuffer, from source: SocketAddress, at side: SoundSide, isControl: Bool) {
        guard !unusable.contains(side) else { return }
        var packet = packet
        if let protection = protections[side] {
            var octets = Array(packet.readableBytesView)
            do {
                try isControl ? protection.unprotectControl(&octets) : protection.unprotect(&octets)
            } catch {
                return
            }
            packet = ByteBuffer(bytes: octets)
        }
        latched[Place(side: side, isControl: isControl)] = source
        pass(packet, from: side, isControl: isControl)
    }

    private static func session(_ keys: SoundKeys) -> SRTPSession? {
        func keying(_ octets: [UInt8]) -> SRTPKeying {
            SRTPKeying(suite: .aes128CMSHA1With80, keys: [SRTPMasterKey(key: SRTPKey(octets: octets.span))])
        }
        return try? SRTPSession(sending: keying(keys.sending), receiving: keying(keys.receiving))
    }

    private func pass(_ packet: ByteBuffer, from side: SoundSide, isControl: Bool) {
        if !isControl { onTap?(side, Array(packet.readableBytesView)) }
        guard let script else { return send(packet, to: side.other, isControl: isControl) }
        guard side == .caller, script.sound == .echo, !isControl else { return }
        onTap?(.callee, Array(packet.readableBytesView))
        send(packet, to: .caller, isControl: false)
    }

    private func send(_ packet: ByteBuffer, to side: SoundSide, isControl: Bool) {
        guard !unusable.contains(side), let channels, let remote = target(side, isControl: isControl) else { return }
        let channel = channels.channel(side, isControl: isControl)
        var packet = packet
        if let protection = protections[side] {
            var octets = Array(packet.readableBytesView)
            do {
                try isControl ? protection.protectControl(&octets) : protection.protect(&octets)
            } catch {
                return
            }
            packet = ByteBuffer(bytes: octets)
        }
        let envelope = AddressedEnvelope(remoteAddress: remote, data: packet)
        guard side == agentSide, !isControl else { return channel.writeAndFlush(envelope, promise: nil) }
        switch fault {
        case .oneWayAudio: break
        case .choppyAudio:
            guard Int.random(in: 0..<20) > 0 else { return }
            loop.scheduleTask(in: .milliseconds(.random(in: 0...80))) {
                channel.writeAndFlush(envelope, promise: nil)
            }
        default: channel.writeAndFlush(envelope, promise: nil)
        }
    }

    private func target(_ side: SoundSide, isControl: Bool) -> SocketAddress? {
        if let source = latched[Place(side: side, isControl: isControl)] { return source }
        guard let address = aimed[side] else { return nil }
        let port = Int(address.port) + (isControl ? 1 : 0)
        return try? SocketAddress(ipAddress: address.ip.description, port: port)
    }

    // MARK: Numbers that answer by themselves

    private func play(_ sound: ScriptedCallee.Sound, _ payloadType: UInt8) {
        if script == nil {
            script = ScriptedSound(payloadType: payloadType, source: .random(in: 0...UInt32.max))
            let bound = NIOLoopBound(self, eventLoop: loop)
            pump = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                bound.value.tick()
            }
        }
        script?.sound = sound
    }

    private func tick() {
        guard let packet = script?.nextPacket() else { return }
        onTap?(.callee, packet)
        send(ByteBuffer(bytes: packet), to: .caller, isControl: false)
    }
}
