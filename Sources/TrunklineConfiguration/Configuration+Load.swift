internal import FoundationEssentials
internal import Yams

extension Configuration {
    /// Reads a configuration file; what it doesn't name keeps its default.
    ///
    /// - Parameters:
    ///   - text: the YAML text.
    ///   - file: its name, for messages.
    ///   - environment: the variables `${NAME}` in values refers to; `nil`: those of this process.
    /// - Throws: ``ConfigurationErrors`` with everything that is wrong, not just the first thing.
    public static func load(
        text: String, file: String, environment: [String: String]? = nil
    ) throws(ConfigurationErrors) -> Configuration {
        let document = YAMLDocument(text)
        var reader = ConfigurationReader(
            file: file, environment: environment ?? ProcessInfo.processInfo.environment)
        for duplicate in document.duplicates {
            reader.note(
                duplicate.line, "the key \"\(duplicate.name)\" stands here and again below; delete one of the two")
        }
        if let (line, sentence) = document.failure { reader.note(line, sentence) }
        var configuration = Configuration()
        if let root = document.root { configuration.read(root, with: &reader) }
        if reader.problems.isEmpty {
            for (key, sentence) in configuration.contradictions {
                reader.note(reader.line(of: key), sentence)
            }
        }
        guard reader.problems.isEmpty else {
            let sorted = reader.problems.enumerated().sorted {
                ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
            }
            throw ConfigurationErrors(problems: sorted.map(\.element))
        }
        return configuration
    }

    private mutating func read(_ root: Node, with reader: inout ConfigurationReader) {
        let top = reader.section(root, line: 1, path: "")
        reader.readList(top, "listen", into: &listen) { text throws(InvalidValue) in try ListenSpec(text) }
        reader.read(top, "advertise", into: &advertise) { text throws(InvalidValue) in try ValueReading.address(text) }
        reader.readList(top, "dns", into: &nameServers, using: ValueReading.nameServer)
        reader.readList(top, "trusted_peers", into: &trustedPeers) { text throws(InvalidValue) in
            try ValueReading.address(text)
        }
        reader.read(top, "agent", into: &agent, using: ValueReading.agent)
        reader.read(top, "instructions", into: &instructions, using: ValueReading.text)
        reader.read(top, "greeting", into: &greeting, using: ValueReading.text)
        reader.read(top, "flow", into: &flow, using: ValueReading.optionalPath)
        reader.read(top, "drain", into: &drain, using: ValueReading.duration)

        let tlsSection = reader.section(top, "tls")
        reader.read(tlsSection, "certificate", into: &tls.certificate, using: ValueReading.optionalPath)
        reader.read(tlsSection, "key", into: &tls.key, using: ValueReading.optionalPath)
        reader.read(tlsSection, "trust", into: &tls.trust, using: ValueReading.optionalPath)
        reader.read(tlsSection, "verify", into: &tls.verify, using: ValueReading.truth)

        let rtpSection = reader.section(top, "rtp")
        reader.read(rtpSection, "ports", into: &rtp.ports, using: ValueReading.ports)
        reader.read(rtpSection, "address", into: &rtp.address) { text throws(InvalidValue) in
            try ValueReading.address(text)
        }
        reader.readList(rtpSection, "codecs", into: &rtp.codecs, using: ValueReading.choice(CodecName.self))
        reader.read(rtpSection, "srtp", into: &rtp.srtp, using: ValueReading.choice(Encryption.self))

        let speechSection = reader.section(top, "speech")
        reader.read(speechSection, "directory", into: &speech.directory, using: ValueReading.path)
        reader.read(speechSection, "threads", into: &speech.threads, using: ValueReading.number(in: 1...256))

        let hearingSection = reader.section(top, "hearing")
        reader.read(
            hearingSection, "echo_cancellation", into: &hearing.echoCancellation, using: ValueReading.truth)
        reader.read(
            hearingSection, "noise_suppression", into: &hearing.noiseSuppression,
            using: ValueReading.numberOrFalse(in: 1...40))
        reader.read(hearingSection, "level", into: &hearing.level, using: ValueReading.numberOrFalse(in: -50 ... -10))

        let callsSection = reader.section(top, "calls")
        reader.read(callsSection, "database", into: &calls.database, using: ValueReading.path)
        reader.read(callsSection, "recordings", into: &calls.recordings, using: ValueReading.folderOrFalse)
        reader.read(
            callsSection, "recording_format", into: &calls.recordingFormat,
            using: ValueReading.choice(RecordingName.self))
        reader.read(callsSection, "messages", into: &calls.messages, using: ValueReading.truth)
        reader.read(callsSection, "keep", into: &calls.keep, using: KeepingTime.orForEver)
        reader.read(callsSection, "keep_recordings", into: &calls.keepRecordings, using: KeepingTime.orForEver)
        reader.read(callsSection, "keys", into: &calls.keys, using: ValueReading.choice(KeptKeys.self))
        reader.read(callsSection, "journal", into: &calls.journal, using: ValueReading.journal)
        reader.read(
            callsSection, "maximum_duration", into: &calls.maximumDuration, using: ValueReading.positiveDuration)
        reader.read(callsSection, "maximum", into: &calls.maximum, using: ValueReading.number(in: 1...100_000))

        let logSection = reader.section(top, "log")
        reader.read(logSection, "level", into: &log.level, using: ValueReading.choice(LogLevel.self))
        reader.read(logSection, "format", into: &log.format, using: ValueReading.choice(LogFormat.self))

        let talk = reader.section(top, "conversation")
        reader.read(talk, "pause", into: &conversation.pause, using: ValueReading.positiveDuration)
        reader.read(talk, "answer_budget", into: &conversation.answerBudget) {
            (text: String) throws(InvalidValue) -> Duration? in
            text == "false" ? nil : try ValueReading.positiveDuration(text)
        }
        reader.read(talk, "hello", into: &conversation.hello) { (text: String) throws(InvalidValue) -> Duration? in
            text == "false" ? nil : try ValueReading.positiveDuration(text)
        }
        reader.readList(talk, "fillers", into: &conversation.fillers) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.text(text) ?? ""
        }
        reader.read(talk, "waiting_sound", into: &conversation.waitingSound, using: ValueReading.waitingSound)
        reader.read(talk, "hold_music", into: &conversation.holdMusic, using: ValueReading.optionalPath)
        reader.read(talk, "apology", into: &conversation.apology) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.text(text) ?? ""
        }
        reader.read(talk, "failure_transfer", into: &conversation.failureTransfer) {
            (text: String) throws(InvalidValue) -> String? in
            try ValueReading.destination(text)
        }
        reader.read(
            talk, "silence_prompt", into: &conversation.silencePrompt, using: ValueReading.positiveDuration)
        reader.read(
            talk, "silence_hang_up", into: &conversation.silenceHangUp, using: ValueReading.positiveDuration)

        let overloadSection = reader.section(top, "overload")
        reader.read(overloadSection, "processor", into: &overload.processor, using: ValueReading.percentage)
        reader.read(overloadSection, "memory", into: &overload.memory, using: ValueReading.octets)

        readServices(top, with: &reader)
        readTransfers(top, with: &reader)
        readTools(top, with: &reader)
        readKnowledge(top, with: &reader)
        readMCP(top, with: &reader)
        readAgents(top, with: &reader)
        readLimits(top, with: &reader)
        readDigits(top, with: &reader)
        readRecord(top, with: &reader)
        readAuthentication(top, with: &reader)
        readAccounts(top, with: &reader)
        readTrunks(top, with: &reader)
        readHTTP(top, with: &reader)
        readOutbound(top, with: &reader)
        readWebhooks(top, with: &reader)
        readTracing(top, with: &reader)
        readPrices(top, with: &reader)
        readCallControl(top, with: &reader)
    }

    private mutating func readAuthentication(
        _ top: ConfigurationReader.Section, with reader: inout ConfigurationReader
    ) {
        let section = reader.section(top, "authentication")
        reader.read(section, "realm", into: &authentication.realm, using: ValueReading.name)
        reader.readList(
            section, "algorithms", into: &authentication.algorithms, using: ValueReading.choice(DigestName.self))
        let users = reader.section(section, "users", takesAnyKey: true)
        for (name, (line, node)) in users.entries {
            do {
                _ = try ValueReading.userName(name)
            } catch {
                reader.note(line, "authentication.users: a user name \(error)")
                continue
            }
            let password = reader.value(
                node, line: line, name: users.path(of: name), isSecret: true, using: ValueReading.password)
            if let password { authentication.users[name] = password }
        }
    }
}
