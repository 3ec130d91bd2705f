/// Finds the format and the samples among the chunks of a RIFF file.
struct WAVReader {
    /// How samples are written.
    enum Encoding {
        case linear8, linear16, muLaw, aLaw

        var octets: Int { self == .linear16 ? 2 : 1 }

        /// The samples of all channels, one after the other; octets of half a sample at the end are passed over.
        func samples(_ data: ArraySlice<UInt8>) -> [Int16] {
            switch self {
            case .linear8:
                return data.map { (Int16($0) - 128) * 256 }
            case .linear16:
                let even = data.prefix(data.count / 2 * 2)
                return stride(from: even.startIndex, to: even.endIndex, by: 2).map { index in
                    Int16(bitPattern: UInt16(even[index]) | UInt16(even[index + 1]) << 8)
                }
            case .muLaw:
                return G711(.mu).decode(data)
            case .aLaw:
                return G711(.a).decode(data)
            }
        }
    }

    struct Format {
        let encoding: Encoding
        let channels: Int
        let sampleRate: Int
    }

    /// Chunks beyond this many are not looked at.
    private static let maximumChunks = 1024

    let octets: [UInt8]

    /// What the `fmt ` chunk says.
    func format() throws(WAVError) -> Format {
        guard octets.count >= 12, tag(at: 0) == "RIFF", tag(at: 8) == "WAVE" else {
            throw WAVError(offset: 0, message: "This is no WAV file: it does not begin with RIFF and WAVE.")
        }
        guard let chunk = chunk("fmt "), chunk.count >= 16 else {
            throw WAVError(offset: 12, message: "The WAV file has no complete format chunk.")
        }
        let start = chunk.lowerBound
        let channels = Int(number(at: start + 2, octets: 2))
        let sampleRate = Int(number(at: start + 4, octets: 4))
        let bits = Int(number(at: start + 14, octets: 2))
        guard (1...2).contains(channels) else {
            throw WAVError(offset: start + 2, message: "The WAV file has \(channels) channels; one or two can be read.")
        }
        guard (1000...192_000).contains(sampleRate) else {
            throw WAVError(offset: start + 4, message: "The WAV file's sample rate of \(sampleRate) Hz can't be read.")
        }
        return Format(
            encoding: try encoding(of: chunk, bits: bits), channels: channels, sampleRate: sampleRate)
    }

    private func encoding(of chunk: Range<Int>, bits: Int) throws(WAVError) -> Encoding {
        let start = chunk.lowerBound
        var formatTag = number(at: start, octets: 2)
        if formatTag == 0xFFFE {
            // WAVE_FORMAT_EXTENSIBLE: the tag is the beginning of the sub-format's GUID.
            guard chunk.count >= 40 else {
                throw WAVError(offset: start, message: "The WAV file's extensible format chunk is too short.")
            }
            formatTag = number(at: start + 24, octets: 2)
        }
        switch (formatTag, bits) {
        case (1, 16): return .linear16
        case (1, 8): return .linear8
        case (7, 8): return .muLaw
        case (6, 8): return .aLaw
        default:
            throw WAVError(
                offset: start,
                message: "The WAV file holds \(bits)-bit samples of format \(formatTag); "
                    + "16-bit or 8-bit PCM (1), A-law (6) and mu-law (7) can be read.")
        }
    }

    /// Where the samples are, and whether fewer are there than the header says.
    func data() throws(WAVError) -> (range: Range<Int>, isTruncated: Bool) {
        guard let header = chunkHeader("data") else {
            throw WAVError(offset: 12, message: "The WAV file has no data chunk.")
        }
        let start = header.offset + 8
        let present = octets.count - start
        // A writer that could not come back leaves 0 or the largest size; then everything behind the header is meant.
        if header.size == 0 || header.size >= 0xFFFF_FF00 {
            return (start..<octets.count, present == 0 && header.size != 0)
        }
        return (start..<start + min(header.size, present), present < header.size)
    }

    // MARK: Chunks

    private func chunk(_ name: String) -> Range<Int>? {
        guard let header = chunkHeader(name) else { return nil }
        let start = header.offset + 8
        return start..<min(octets.count, start + header.size)
    }

    /// Where the first chunk of a name begins, and the size that it states.
    private func chunkHeader(_ name: String) -> (offset: Int, size: Int)? {
        var offset = 12
        for _ in 0..<Self.maximumChunks {
            guard offset <= octets.count - 8 else { return nil }
            let size = Int(number(at: offset + 4, octets: 4))
            if tag(at: offset) == name { return (offset, size) }
            offset += 8 + size + size % 2
        }
        return nil
    }

    private func tag(at offset: Int) -> String {
        guard offset >= 0, offset <= octets.count - 4 else { return "" }
        return String(decoding: octets[offset..<offset + 4], as: UTF8.self)
    }

    /// A little-endian number; octets beyond the end count as 0.
    private func number(at offset: Int, octets count: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<count where offset + index < octets.count {
            value |= UInt32(octets[offset + index]) << UInt32(8 * index)
        }
        return value
    }
}
