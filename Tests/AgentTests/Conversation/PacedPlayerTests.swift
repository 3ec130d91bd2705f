import RTPMedia
import Synchronization
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct PacedPlayerTests {
    private static func sound(_ value: Int16, milliseconds: Int) -> [Int16] {
        Array(repeating: value, count: milliseconds * 8)
    }

    @Test("It gives the call 200 ms at once, tells where what is added begins, and when all has sounded")
    func pace() async {
        let call = ScriptedCall()
        let drained = Mutex([Int]())
        call.stopClock()
        let player = PacedPlayer(call, played: 0)
        player.begin { played in drained.withLock { $0.append(played) } }
        player.add(Self.sound(1, milliseconds: 500))
        #expect(player.end == 4_000 && player.isPlaying)
        await until { call.played.count == 1_600 }
        player.add(Self.sound(2, milliseconds: 30))
        #expect(player.end == 4_240)
        for round in 1...14 {
            call.sound(samples: 160)
            await until { call.played.count >= min(4_240, 1_600 + 160 * round) }
        }
        #expect(drained.withLock { $0 }.isEmpty)
        while drained.withLock({ $0.isEmpty }), !Task.isCancelled {
            call.sound(samples: 160)
            await Task.yield()
        }
        #expect(drained.withLock { $0 } == [4_240])
        #expect(call.played == Self.sound(1, milliseconds: 500) + Self.sound(2, milliseconds: 30))
        #expect(await player.close() == 4_240)
    }

    @Test("Stopped, it drops what waits; what is added meanwhile is played after the stop was told")
    func stop() async {
        let call = ScriptedCall()
        let stops = Mutex([Int]())
        call.stopClock()
        let player = PacedPlayer(call, played: 0)
        player.add(Self.sound(1, milliseconds: 1_000))
        await call.sound(upTo: 1_600)
        let stopping = player.stop { played in
            stops.withLock { $0.append(played) }
            #expect(!call.played.contains(2))
        }
        player.add(Self.sound(2, milliseconds: 20))
        await stopping.value
        await until { call.played.last == 2 }
        #expect(stops.withLock { $0 } == [1_600])
        #expect(player.end == 1_760)
        #expect(call.played.filter { $0 == 1 }.count <= 1_600 + 1_600 + 160)
        #expect(await player.close() == 1_600)
    }

    @Test("What runs ahead is dropped from the front")
    func newest() async {
        let call = ScriptedCall()
        call.stopClock()
        let player = PacedPlayer(call, played: 0)
        player.add(Self.sound(1, milliseconds: 400))
        await until { call.played.count == 1_600 }
        player.add([2, 3, 4])
        player.keep(newest: 2)
        #expect(player.queued == 2)
        call.sound(samples: 1_600)
        await until { call.played.suffix(2) == [3, 4] }
        #expect(!call.played.contains(2))
        _ = await player.close()
    }

    @Test("The waiting sound plays while nothing waits, counts nowhere, and gives way within 20 ms")
    func waiting() async throws {
        let call = ScriptedCall()
        let drained = Mutex([Int]())
        let hum = try WaitingSound(AudioClip(samples: Self.sound(4_000, milliseconds: 1_000), sampleRate: 8_000))
        let player = PacedPlayer(call, played: 0)
        player.begin { played in drained.withLock { $0.append(played) } }
        player.add(Self.sound(1, milliseconds: 100))
        await until { drained.withLock { $0 } == [800] }
        call.stopClock()
        player.setWaitingSound(hum.begin(sampleRate: 8_000))
        await call.sound(upTo: 3_200)
        player.add(Self.sound(2, milliseconds: 100))
        while call.flushes == 0, !Task.isCancelled {
            call.sound(samples: 160)
            for _ in 0..<100 { await Task.yield() }
        }
        await until { call.played.suffix(800) == Self.sound(2, milliseconds: 100)[...] }
        player.setWaitingSound(nil)
        while drained.withLock({ $0.count < 2 }), !Task.isCancelled {
            call.sound(samples: 160)
            await Task.yield()
        }
        #expect(drained.withLock { $0 } == [800, 1_600], "the words alone count")
        #expect(await player.close() == 1_600)
    }
}
