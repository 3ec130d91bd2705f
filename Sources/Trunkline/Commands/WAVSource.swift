internal import FoundationEssentials
internal import RTPMedia

/// Reads a recording to be played on a call.
enum WAVSource {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Returns: one channel at `sampleRate`.
    /// - Throws: a sentence with the file's name.
    static func read(path: String, sampleRate: Int) throws -> [Int16] {
        let octets: [UInt8]
        do {
            octets = [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Failure(description: "\(path) can't be read: is it there, and is it yours to read?")
        }
        do {
            let file = try WAVFile(parsing: octets)
            guard file.sampleRate != sampleRate else { return file.samples }
            var resampler = try Resampler(from: file.sampleRate, to: sampleRate)
            return resampler.process(file.samples) + resampler.finish()
        } catch {
            throw Failure(
                description: "\(path) can't be played: \(error). Take a WAV file with 16-bit PCM; sox converts others.")
        }
    }
}
