internal import TelephonyPrimitives

/// What is told with each packet (RFC 8285), where it was agreed on.
extension MediaSession {
    /// So many packets of a source carry its `mid`: one of them arrives (RFC 8843 §15.1).
    static var packetsWithMid: Int { 50 }
    /// How loud keys are that are played into the sound, in dBov.
    static var toneLevel: Int { -14 }

    /// Writes the header extension of the next packet into ``extensionSent``, which is empty where there is none.
    mutating func prepareExtension(for frame: PCMFrame?, isKey: Bool) {
        extensionSent.removeAll(keepingCapacity: true)
        let identifiers = configuration.headerExtensions.usable
        let levelID = identifiers.audioLevel
        let isMidTold = stream.packetsOfSource < Self.packetsWithMid
        let midID = isMidTold ? identifiers.mid : nil
        let mid = configuration.mid.utf8.prefix(255)
        guard levelID != nil || (midID != nil && !mid.isEmpty) else { return }
        // One form for all packets: mixing them would have to be agreed on (RFC 8285 §4.1.2).
        let isShort = max(levelID ?? 1, identifiers.mid ?? 1) <= 14 && (identifiers.mid == nil || mid.count <= 16)
        extensionSent.append(
            bigEndian: isShort ? RTPHeaderExtensions.oneOctetProfile : RTPHeaderExtensions.twoOctetProfile)
        extensionSent.append(bigEndian: 0 as UInt16)
        if let levelID {
            beginElement(levelID, length: 1, isShort: isShort)
            extensionSent.append(AudioLevel(decibels: isKey ? -127 : level(of: frame)).octet)
        }
        if let midID, !mid.isEmpty {
            beginElement(midID, length: mid.count, isShort: isShort)
            extensionSent.append(contentsOf: mid)
        }
        while extensionSent.count % 4 != 0 { extensionSent.append(0) }
        extensionSent[3] = UInt8(clamping: extensionSent.count / 4 - 1)
    }

    private mutating func beginElement(_ id: UInt8, length: Int, isShort: Bool) {
        if isShort {
            extensionSent.append(id << 4 | UInt8(clamping: length - 1))
        } else {
            extensionSent.append(id)
            extensionSent.append(UInt8(clamping: length))
        }
    }

    private func level(of frame: PCMFrame?) -> Int {
        if tonesSent.isPlaying { return Self.toneLevel }
        guard let frame, frame.sampleRate == sampleRate else { return -127 }
        return Int(LevelMeter.level(of: frame.samples.span).rounded())
    }

    /// How loud a packet is, by its sender; `nil` where that was not agreed on or isn't told.
    func audioLevel(of header: RTPHeader, in octets: Span<UInt8>) -> AudioLevel? {
        guard let id = configuration.headerExtensions.usable.audioLevel, let profile = header.extensionProfile,
            let form = RTPHeaderExtensions.Form(profile: profile)
        else { return nil }
        let content = octets.extracting(header.extensionOctets)
        guard let range = form.range(of: id, in: content), let first = range.first else { return nil }
        let octet = content[first]
        return AudioLevel(isVoice: octet & 0x80 != 0, decibels: -Int(octet & 0x7F))
    }
}
