import Foundation
import Testing

@testable import CallAPI

/// Time zones and quiet hours.
struct ZoneTests {
    @Test(
        "Offsets are those of the time zone database, in summer and in winter, long after its tables end",
        arguments: [
            ("Europe/Berlin", 1_782_907_200, 7_200), ("Europe/Berlin", 1_798_761_600, 3_600),
            ("America/New_York", 1_782_907_200, -14_400), ("Asia/Kolkata", 1_782_907_200, 19_800),
            ("Australia/Sydney", 1_782_907_200, 36_000), ("Australia/Sydney", 1_798_761_600, 39_600),
            ("Europe/Berlin", 3_992_803_200, 7_200), ("Europe/Berlin", 0, 3_600), ("UTC", 5, 0),
            // The second before and the second of the change, 29 March 2026, 1:00 UTC.
            ("Europe/Berlin", 1_774_745_999, 3_600), ("Europe/Berlin", 1_774_746_000, 7_200),
        ] as [(String, Int64, Int)])
    func offsets(name: String, seconds: Int64, offset: Int) throws {
        #expect(try #require(ZoneSource().rules(name)).offset(at: seconds) == offset)
    }

    @Test(
        "Names that lead elsewhere, and files that are none, are no zones",
        arguments: [
            "", "../../etc/passwd", "/etc/passwd", "Europe/../UTC", "Nowhere/At_All", "Europe", "zone.tab", "a b",
        ])
    func names(name: String) { #expect(!ZoneSource().has(name)) }

    @Test("A damaged file is refused or read, and nothing else")
    func damaged() throws {
        let octets = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        for length in stride(from: 0, to: octets.count, by: 7) { _ = ZoneRules(Array(octets.prefix(length))) }
        for place in 0..<octets.count {
            var changed = octets
            changed[place] ^= 0xFF
            _ = ZoneRules(changed)?.offset(at: 1_782_907_200)
        }
    }

    @Test("Quiet hours end in the minute in which they do", arguments: [(1_320, 480), (0, 480), (780, 840), (5, 5)])
    func quiet(from: Int, until: Int) throws {
        let hours = QuietHours(from: from, until: until)
        let berlin = try #require(ZoneSource().rules("Europe/Berlin"))
        for step in 0..<(3 * 24 * 12) {
            // Over the night in which summer begins.
            let now: Int64 = 1_774_650_000_000 + Int64(step) * 300_000 + 17_000
            guard let end = hours.end(at: now, in: berlin) else {
                #expect(!hours.contains(minute: berlin.minuteOfDay(at: now / 1_000)))
                continue
            }
            #expect(end > now && end - now <= 86_400_000 + 3_600_000)
            #expect(berlin.minuteOfDay(at: end / 1_000) == until && end % 60_000 == 0)
        }
    }

    @Test(
        "A country with one zone is known by its number",
        arguments: [("+4930123", "Europe/Berlin"), ("+447700", "Europe/London"), ("+35312", "Europe/Dublin")])
    func country(number: String, zone: String) {
        #expect(CountryZone.name(of: number) == zone)
        #expect(ZoneSource().has(zone))
        #expect(CountryZone.name(of: "+1555") == nil && CountryZone.name(of: "030") == nil)
    }
}
