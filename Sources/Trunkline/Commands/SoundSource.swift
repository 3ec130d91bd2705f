internal import FoundationEssentials
internal import RTPMedia

/// Reads a file to be played on a call: WAV, or Opus in Ogg.
enum SoundSource {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameters:
    ///   - shortest: what plays shorter is refused, in seconds.
    ///   - longest: what plays longer is refused, in seconds.
    /// - Returns: one channel.
    /// - Throws: a sentence with the file's name.
    static func read(path: String, shortest: Int = 0, longest: Int = 3_600) throws -> AudioClip {
        let octets: [UInt8]
        do {
            octets = [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Failure(description: "\(path) can't be read: is it there, and is it yours to read?")
        }
        do {
            let clip = try AudioFile(parsing: octets, longest: longest).clip
            // Whether its rate can be played at all is said here, not on a call.
            _ = try Resampler(from: clip.sampleRate, to: 8_000)
            guard clip.samples.count >= shortest * clip.sampleRate else {
                throw Failure(
                    description: "It plays less than \(shortest) s, which is too short to be played over and over.")
            }
            return clip
        } catch {
            throw Failure(description: "\(path) can't be played. \(error)")
        }
    }
}
