package import TelephonyPrimitives

/// What of a user agent's configuration decides about a single call. Bounds on many calls, passwords and the registrar
/// are not in it.
extension UserAgentConfiguration {
    package func write(to writing: inout JournalWriting) {
        writing.put(userAgentName) { $0.put($1) }
        writing.put(each: advertised.sorted { $0.key.rawValue < $1.key.rawValue }) { writing, entry in
            writing.put(entry.key.rawValue)
            writing.put(entry.value)
        }
        for duration in [timers.t1, timers.t2, timers.t4, timers.d] { writing.put(duration) }
        for bound in [limits.maxMessageOctets, limits.maxHeaderOctets, limits.maxHeaderLineOctets, limits.maxHeaders] {
            writing.put(bound)
        }
        for bound in [maximumDatagram, maximumServersTried, maxForks] { writing.put(bound) }
        writing.put(each: knownSources.sorted { "\($0)" < "\($1)" }) { $0.put($1) }
        writing.put(checksDialogSources)
        writing.put(each: extraSupported) { $0.put($1) }
        writing.put(each: acceptedContentTypes) { $0.put($1) }
        writing.put(each: handedUpMethods.map(\.name).sorted()) { $0.put($1) }
        writing.put(sessionTimer) { writing, timer in
            writing.put(timer.interval) { $0.put($1) }
            writing.put(timer.minimum)
        }
        for choice in [servesRefer, servesReplaces, saysTryingFirst, offersAlias, leniency == .strict] {
            writing.put(choice)
        }
        writing.put(each: infoPackages) { $0.put($1) }
        writing.put(each: notifiedPackages) { $0.put($1) }
        switch reliableProvisionals {
        case .never: writing.put(UInt8(0))
        case .whenRequired: writing.put(UInt8(1))
        case .whenSupported: writing.put(UInt8(2))
        }
        for duration in [provisionalInterval, maximumRinging, referLimit] { writing.put(duration) }
        writing.put(each: trustDomain.addresses.sorted { "\($0)" < "\($1)" }) { $0.put($1) }
        writing.put(trustDomain.includesRegistrars)
        writing.put(capabilityDescription) { writing, body in
            writing.put(body.contentType)
            writing.put(body.octets)
        }
    }

    package init(from reading: inout JournalReading) throws(JournalError) {
        self.init()
        func texts(_ reading: inout JournalReading) throws(JournalError) -> [String] {
            try reading.list { (reading) throws(JournalError) in try reading.text() }
        }
        userAgentName = try reading.optional { (reading) throws(JournalError) in try reading.text() }
        let addresses = try reading.list { (reading) throws(JournalError) in (try reading.text(), try reading.address())
        }
        for (name, address) in addresses {
            guard let transport = TransportProtocol(rawValue: name) else {
                throw JournalError("an address of ours is of no known transport")
            }
            advertised[transport] = address
        }
        timers = TransactionTimers(
            t1: try reading.duration(), t2: try reading.duration(), t4: try reading.duration(),
            d: try reading.duration())
        limits.maxMessageOctets = try reading.int()
        limits.maxHeaderOctets = try reading.int()
        limits.maxHeaderLineOctets = try reading.int()
        limits.maxHeaders = try reading.int()
        maximumDatagram = try reading.int()
        maximumServersTried = try reading.int()
        maxForks = try reading.int()
        knownSources = Set(try reading.list { (reading) throws(JournalError) in try reading.ip() })
        checksDialogSources = try reading.truth()
        extraSupported = try texts(&reading)
        acceptedContentTypes = try texts(&reading)
        handedUpMethods = Set(try texts(&reading).map { Method($0) })
        sessionTimer = try reading.optional { (reading) throws(JournalError) in
            SessionTimerPolicy(
                interval: try reading.optional { (reading) throws(JournalError) in try reading.duration() },
                minimum: try reading.duration())
        }
        servesRefer = try reading.truth()
        servesReplaces = try reading.truth()
        saysTryingFirst = try reading.truth()
        offersAlias = try reading.truth()
        leniency = try reading.truth() ? .strict : .lenient
        infoPackages = try texts(&reading)
        notifiedPackages = try texts(&reading)
        switch try reading.octet() {
        case 0: reliableProvisionals = .never
        case 1: reliableProvisionals = .whenRequired
        case 2: reliableProvisionals = .whenSupported
        default: throw JournalError("a policy is of no known kind")
        }
        provisionalInterval = try reading.duration()
        maximumRinging = try reading.duration()
        referLimit = try reading.duration()
        trustDomain = TrustDomain(
            Set(try reading.list { (reading) throws(JournalError) in try reading.ip() }),
            includesRegistrars: try reading.truth())
        capabilityDescription = try reading.optional { (reading) throws(JournalError) in
            Body(contentType: try reading.text(), octets: try reading.octets())
        }
    }
}
