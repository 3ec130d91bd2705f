internal import RTPMedia
internal import TelephonyPrimitives

extension CallStatistics {
    /// What a media session counted.
    init(_ media: MediaStatistics) {
        codec = media.codec
        packetsSent = media.packetsSent
        packetsReceived = media.packetsReceived
        packetsLost = max(0, media.packetsLost)
        packetsLate = media.late
        packetsDuplicate = media.duplicate
        packetsForeign = media.discardedFromWrongSource
        packetsUnauthenticated = media.unauthenticated
        isEncrypted = media.isEncrypted
        packetsMalformed = media.malformed + media.notMedia + media.oversized + media.unknownPayload
        jitterMilliseconds = media.jitter.inSeconds * 1000
        remoteFractionLost = media.remoteLossFraction
        roundTripMilliseconds = media.roundTripTime.map { $0.inSeconds * 1000 }
        framesConcealed = media.concealedFrames
        bufferDelayMilliseconds = media.jitterBufferDelay.inSeconds * 1000
        concealedMilliseconds = media.concealed.inSeconds * 1000
        stretchedMilliseconds = Double(media.stretched) * 20
        lossBursts = media.bursts.bursts
        burstDensity = media.bursts.burstDensity
        burstPackets = media.bursts.meanBurst
        gapDensity = media.bursts.gapDensity
        estimatedMOS = media.estimatedMOS
        lowestMOS = media.lowestMOS
        remoteMOS = media.remoteMOS
        lawMismatch = media.lawMismatch
    }
}
