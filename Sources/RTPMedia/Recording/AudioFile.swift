/// Why a file can't be played.
public enum AudioFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is nothing in the file.
    case empty
    /// It is neither WAV nor Ogg. The name of what it seems to be, where it is known.
    case unknownFormat(looksLike: String?)
    /// It is WAV, but not of a kind that can be read.
    case wav(WAVError)
    /// It is Ogg, but without Opus that can be read.
    case oggOpus(OggOpusError)
    /// It plays longer than was allowed, in seconds.
    case tooLong(maximum: Int)
    /// It is of the right kind, and holds no sound.
    case noSound
    /// Its rate can't be converted.
    case rate(ResamplerError)

    public var description: String {
        let advice = "Take WAV with 16-bit PCM, or Opus in Ogg; ffmpeg converts others."
        switch self {
        case .empty: return "The file is empty."
        case .unknownFormat(let name?): return "This is a file of \(name). \(advice)"
        case .unknownFormat(nil): return "This is neither a WAV nor an Ogg file. \(advice)"
        case .wav(let error): return "\(error). \(advice)"
        case .oggOpus(let error): return "\(error) \(advice)"
        case .tooLong(let maximum): return "The file plays longer than \(maximum) seconds; cut it."
        case .noSound: return "There is no sound in the file. It was cut off, or is still being written."
        case .rate(let error): return "\(error)"
        }
    }
}

/// A file with sound: WAV (``WAVFile``) or Opus in Ogg (``OggOpusFile``), told apart by what is in it, not by its name.
public struct AudioFile: Sendable, Equatable {
    /// Which of the two it is.
    public enum Kind: Sendable, Hashable {
        /// WAV.
        case wav
        /// Opus in Ogg (RFC 7845).
        case oggOpus
    }

    /// What it was read as.
    public let kind: Kind
    /// Samples per second of ``channels``.
    public let sampleRate: Int
    /// The samples of one channel, or of left and right, equally long.
    public let channels: [[Int16]]
    /// Whether the file ends before it says it does, or has no end.
    public let isTruncated: Bool

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - octets: the whole file.
    ///   - longest: files that play longer are refused before they are decoded, in seconds. An hour at 48 kHz and stereo
    ///     is 691 MB of samples.
    public init(parsing octets: [UInt8], longest: Int = 3600) throws(AudioFileError) {
        guard !octets.isEmpty else { throw .empty }
        if octets.starts(with: Array("OggS".utf8)) {
            kind = .oggOpus
            (sampleRate, channels, isTruncated) = try Self.oggOpus(octets, longest)
        } else if octets.starts(with: Array("RIFF".utf8)) {
            kind = .wav
            (sampleRate, channels, isTruncated) = try Self.wav(octets, longest)
        } else {
            throw .unknownFormat(looksLike: Self.name(of: octets))
        }
        guard channels.contains(where: { !$0.isEmpty }) else { throw .noSound }
    }

    /// One channel: the mean of left and right where there are two.
    public var clip: AudioClip {
        guard channels.count == 2 else { return AudioClip(samples: channels.first ?? [], sampleRate: sampleRate) }
        let mixed = zip(channels[0], channels[1]).map { Int16((Int($0) + Int($1)) / 2) }
        return AudioClip(samples: mixed, sampleRate: sampleRate)
    }

    /// One channel at a rate of 4 000 to 192 000 samples per second, such as a call's.
    public func clip(sampleRate rate: Int) throws(AudioFileError) -> AudioClip {
        do {
            return try clip.converted(to: rate)
        } catch {
            throw .rate(error)
        }
    }

    private typealias Sound = (sampleRate: Int, channels: [[Int16]], isTruncated: Bool)

    private static func wav(_ octets: [UInt8], _ longest: Int) throws(AudioFileError) -> Sound {
        do throws(WAVError) {
            let reader = WAVReader(octets: octets)
            let format = try reader.format()
            let count = try reader.data().range.count / (format.encoding.octets * format.channels)
            let (seconds, rest) = count.quotientAndRemainder(dividingBy: format.sampleRate)
            if seconds < longest || seconds == longest && rest == 0 {
                let file = try WAVFile(parsing: octets)
                return (file.sampleRate, file.channels, file.isTruncated)
            }
        } catch {
            throw .wav(error)
        }
        throw .tooLong(maximum: longest)
    }

    private static func oggOpus(_ octets: [UInt8], _ longest: Int) throws(AudioFileError) -> Sound {
        let file: OggOpusFile
        do {
            file = try OggOpusFile(parsing: octets)
        } catch {
            throw .oggOpus(error)
        }
        // A packet of a few octets may play 120 ms: what they claim is added up before anything is decoded.
        var count = 0
        for packet in file.packets {
            count += OpusPacket(parsing: packet.span)?.sampleCount ?? 0
            let (seconds, rest) = count.quotientAndRemainder(dividingBy: 48_000)
            guard seconds < longest || seconds == longest && rest <= 5_760 else { throw .tooLong(maximum: longest) }
        }
        let stated = file.header.inputSampleRate
        let rate = stated > 0 ? OpusSampleRate(atLeast: stated) : .fullband
        return (rate.rawValue, file.channels(sampleRate: rate), file.length == nil)
    }

    /// What a file seems to be that can't be played, for the sentence about it.
    private static func name(of octets: [UInt8]) -> String? {
        let known: [(Int, String, String)] = [
            (0, "ID3", "MP3"), (0, "fLaC", "FLAC"), (4, "ftyp", "MPEG-4 (AAC)"), (0, "FORM", "AIFF"),
            (0, ".snd", "AU"), (0, "RF64", "WAV of more than 4 GB (RF64)"), (0, "RIFX", "WAV in big-endian order"),
            (0, "#!AMR", "AMR"), (0, "\u{1A}E\u{DF}\u{A3}", "Matroska or WebM"), (0, "caff", "CAF"),
        ]
        for (place, tag, name) in known
        where octets.dropFirst(place).starts(with: tag.unicodeScalars.map { UInt8($0.value) }) {
            return name
        }
        // A frame of MPEG audio begins with eleven ones.
        if octets.count > 1, octets[0] == 0xFF, octets[1] & 0xE0 == 0xE0 { return "MP3" }
        return nil
    }
}
