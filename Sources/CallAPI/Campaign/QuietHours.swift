/// The time of day at which nobody is called, where the other side is.
struct QuietHours: Sendable, Equatable {
    /// Minutes after midnight. The same twice: at no time.
    var from: Int
    var until: Int

    func contains(minute: Int) -> Bool {
        from <= until ? (from..<until).contains(minute) : minute >= from || minute < until
    }

    /// When it is over, milliseconds since 1970; `nil` when somebody may be called now.
    func end(at now: Int64, in zone: ZoneRules) -> Int64? {
        let seconds = now / 1_000
        let minute = zone.minuteOfDay(at: seconds)
        guard contains(minute: minute) else { return nil }
        let wait = Int64((until - minute + 1_440) % 1_440) * 60 - seconds % 60
        let end = seconds + wait
        // The clocks may change meanwhile.
        return (end + Int64(zone.offset(at: seconds) - zone.offset(at: end))) * 1_000
    }
}

/// The time zones of countries that have one.
enum CountryZone {
    /// - Parameter number: as `+4930123`.
    /// - Returns: `nil` for countries with several, and where it is not known.
    static func name(of number: String) -> String? {
        guard number.hasPrefix("+") else { return nil }
        // No country's prefix begins another's.
        return (1...3).lazy.compactMap { zones[String(number.dropFirst().prefix($0))] }.first
    }

    private static let zones: [String: String] = [
        "20": "Africa/Cairo", "27": "Africa/Johannesburg", "30": "Europe/Athens", "31": "Europe/Amsterdam",
        "32": "Europe/Brussels", "33": "Europe/Paris", "36": "Europe/Budapest", "39": "Europe/Rome",
        "40": "Europe/Bucharest", "41": "Europe/Zurich", "43": "Europe/Vienna", "44": "Europe/London",
        "45": "Europe/Copenhagen", "46": "Europe/Stockholm", "47": "Europe/Oslo", "48": "Europe/Warsaw",
        "49": "Europe/Berlin", "51": "America/Lima", "54": "America/Argentina/Buenos_Aires", "57": "America/Bogota",
        "58": "America/Caracas", "60": "Asia/Kuala_Lumpur", "63": "Asia/Manila", "65": "Asia/Singapore",
        "66": "Asia/Bangkok", "81": "Asia/Tokyo", "82": "Asia/Seoul", "84": "Asia/Ho_Chi_Minh",
        "86": "Asia/Shanghai", "90": "Europe/Istanbul", "91": "Asia/Kolkata", "92": "Asia/Karachi",
        "94": "Asia/Colombo", "98": "Asia/Tehran", "212": "Africa/Casablanca", "213": "Africa/Algiers",
        "216": "Africa/Tunis", "234": "Africa/Lagos", "254": "Africa/Nairobi", "352": "Europe/Luxembourg",
        "353": "Europe/Dublin", "354": "Atlantic/Reykjavik", "356": "Europe/Malta", "357": "Asia/Nicosia",
        "358": "Europe/Helsinki", "359": "Europe/Sofia", "370": "Europe/Vilnius", "371": "Europe/Riga",
        "372": "Europe/Tallinn", "373": "Europe/Chisinau", "380": "Europe/Kyiv", "381": "Europe/Belgrade",
        "385": "Europe/Zagreb", "386": "Europe/Ljubljana", "420": "Europe/Prague", "421": "Europe/Bratislava",
        "423": "Europe/Vaduz", "852": "Asia/Hong_Kong", "886": "Asia/Taipei", "961": "Asia/Beirut",
        "962": "Asia/Amman", "965": "Asia/Kuwait", "966": "Asia/Riyadh", "971": "Asia/Dubai", "972": "Asia/Jerusalem",
        "974": "Asia/Qatar",
    ]
}
