internal import RTPMedia
internal import Telephony

/// What is said: one task makes the sound, a little ahead; another gives it to the call at the pace of speech.
extension Conversation {
    /// Seconds of sound that are made ahead of what is played.
    private static let ahead = 10

    func speak(_ id: Int, _ text: String) {
        toSpeak.append((id, text, speaker))
        if making == nil { making = Task { await self.makeAll() } }
        if playing == nil { playing = Task { await self.playAll() } }
    }

    // MARK: Making

    private func makeAll() async {
        while !Task.isCancelled, voiceFailure == nil, !toSpeak.isEmpty {
            let (id, text, speaker) = toSpeak.removeFirst()
            queue.begin(id)
            do {
                try await make(id, text, with: voice(of: speaker))
            } catch {
                if Task.isCancelled { return }
                voiceFailure = String(describing: error)
            }
            toPlay.ring()
        }
        guard !Task.isCancelled else { return }
        making = nil
        toPlay.ring()
    }

    /// The voice of an agent; the first agent's when it has none of its own, or when that can't be had.
    private func voice(of speaker: String) async -> any TextToSpeechSession {
        if let known = otherVoices[speaker] { return known }
        guard let other = voices[speaker] else { return voice }
        do throws(ProviderError) {
            let made = try await other.makeSession(format)
            otherVoices[speaker] = made
            return made
        } catch {
            return voice
        }
    }

    private func make(_ id: Int, _ text: String, with voice: any TextToSpeechSession) async throws {
        for try await sound in voice.speak(text) {
            try Task.checkCancellation()
            if queue.add(sound.frame.samples, to: id) { receive(.sentenceMade(id)) }
            if !sound.words.isEmpty {
                let trimmed = queue.trimmedMilliseconds(of: id)
                receive(
                    .sentenceWords(
                        id,
                        sound.words.map {
                            SpokenWord(
                                $0.text, startMs: max(0, $0.startMs - trimmed), endMs: max(0, $0.endMs - trimmed))
                        }))
            }
            toPlay.ring()
            while queue.ahead > Self.ahead * call.sampleRate, !Task.isCancelled {
                // Whoever never listens to the end need not have all of it made.
                await hasPlayed.wait()
            }
        }
        try Task.checkCancellation()
        queue.complete(id)
    }

    // MARK: Playing

    func playAll() async {
        // First the music of a hold is over.
        await holdEnding?.value
        var position = await call.playedSamples()
        // Whether what was given last is the waiting sound: nothing of it comes before the next words.
        var isWaiting = false
        while !Task.isCancelled {
            if isWaiting, !isWaitingSoundOn || mayPlay && queue.isReady {
                position = await call.flush()
                isWaiting = false
                continue
            }
            if mayPlay, let piece = queue.take(at: position) {
                if let id = piece.begins {
                    let lead = Duration.nanoseconds(piece.lead * 1_000_000_000 / max(1, call.sampleRate))
                    receive(.sentenceStarted(id, at: position, after: hearingClock.untilNextBeat(now: now) + lead))
                }
                if !piece.samples.isEmpty {
                    do throws(CallError) {
                        try await call.play(PCMFrame(samples: piece.samples, sampleRate: call.sampleRate))
                    } catch {
                        // The call is over.
                        return
                    }
                    guard !Task.isCancelled else { return }
                    position += piece.samples.count
                }
                if let id = piece.ends { receive(.sentenceEnded(id, at: position)) }
                hasPlayed.ring()
                continue
            }
            if mayPlay, voiceFailure != nil {
                await voiceFailed()
                return
            }
            if isWaitingSoundOn, let frame = waitingSound?.frame() {
                do throws(CallError) { try await call.play(frame) } catch { return }
                isWaiting = true
                continue
            }
            if mayPlay, making == nil, toSpeak.isEmpty, !queue.hasMore {
                await call.drain()
                guard !Task.isCancelled else { return }
                guard making == nil, toSpeak.isEmpty, !queue.hasMore else { continue }
                playing = nil
                receive(.drained)
                return
            }
            await toPlay.wait()
        }
    }

    private func voiceFailed() async {
        // What was made before the failure is heard out.
        await call.drain()
        let played = await call.playedSamples()
        guard !Task.isCancelled, let reason = voiceFailure else { return }
        voiceFailure = nil
        making = nil
        playing = nil
        toSpeak = []
        queue.drop()
        receive(.voiceFailed(reason, played: played))
    }

    // MARK: Stopping and going on

    func stopPlayout() {
        let talking = playing
        playing = nil
        talking?.cancel()
        let call = call
        errands.run {
            // First what is queued, so that it is quiet at once; then what was being handed over meanwhile.
            await call.flush()
            await talking?.value
            let played = await call.flush()
            await self.stopped(played: played)
        }
    }

    private func stopped(played: Int) {
        stoppedAt = played
        receive(.stopped(played: played))
    }

    func resumePlayout(at point: Int) {
        queue.resume(at: point, from: stoppedAt)
        if playing == nil { playing = Task { await self.playAll() } }
    }

    func dropPlayout() {
        making?.cancel()
        making = nil
        toSpeak = []
        voiceFailure = nil
        queue.drop()
        toPlay.ring()
    }
}
