internal import RTPMedia
package import Telephony

/// Lets several hear both sides of one call: its recorder, a supervisor, those who listen. What nobody hears costs nothing.
package actor CallTaps {
    private let call: any Call
    private var taps: [(number: Int, tap: CallTap)] = []
    private var lastNumber = 0
    private var isClosed = false
    private var sounds: [Int: LiveSound] = [:]
    /// What the call was last told, so that the last word counts, however many change it at once.
    private var version = 0
    private var isTelling = false

    package init(_ call: any Call) {
        self.call = call
    }

    /// Hands both sides to `tap` from now on, until ``remove(_:)`` or ``close()``. It is called on the loop of the sound.
    ///
    /// - Returns: its number.
    @discardableResult
    package func add(_ tap: @escaping CallTap) async -> Int {
        lastNumber += 1
        let number = lastNumber
        guard !isClosed else { return number }
        taps.append((number, tap))
        await tell()
        return number
    }

    package func remove(_ number: Int) async {
        guard taps.contains(where: { $0.number == number }) else { return }
        taps.removeAll { $0.number == number }
        sounds[number] = nil
        await tell()
    }

    /// Both sides from now on.
    ///
    /// - Parameters:
    ///   - capacity: moments of 20 ms that may wait for the listener.
    ///   - ended: told how many of them were lost.
    func listen(
        capacity: Int, ended: @escaping @Sendable (_ lost: Int) -> Void = { _ in }
    ) async -> LiveSound {
        let sound = LiveSound(sampleRate: call.sampleRate, capacity: capacity)
        let number = await add { heard, sent in sound.put(heard, sent) }
        guard !isClosed else {
            sound.close()
            return sound
        }
        sounds[number] = sound
        sound.onEnd { [weak self, weak sound] in
            ended(sound?.lost ?? 0)
            // Unstructured: whoever stops listening does not wait for it.
            Task { await self?.remove(number) }
        }
        return sound
    }

    /// Nobody hears anything any more.
    package func close() async {
        isClosed = true
        taps = []
        let open = sounds.values
        sounds = [:]
        for sound in open { sound.close() }
        await tell()
    }

    private func tell() async {
        version += 1
        guard !isTelling else { return }
        isTelling = true
        var told = 0
        while told != version {
            told = version
            let all = taps.map(\.tap)
            switch all.count {
            case 0: await call.setTap(nil)
            case 1: await call.setTap(all[0])
            default: await call.setTap { heard, sent in for tap in all { tap(heard, sent) } }
            }
        }
        isTelling = false
    }
}
