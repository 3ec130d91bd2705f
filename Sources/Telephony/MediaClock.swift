internal import Metrics
internal import NIOCore
internal import SIPNIO
package import TelephonyPrimitives

/// The 20 ms beat of all calls of one event loop.
///
/// Calls are spread over groups that tick one after the other, so that a loop with hundreds of calls sends evenly and
/// not in bursts. Beats are at absolute times: a late one does not delay those after it. It belongs to its loop; it
/// beats only while somebody listens.
package final class MediaClock {
    /// Ticked once per 20 ms, on the loop.
    package typealias Beat = (Instant) -> Void

    private static let frame = Duration.milliseconds(20)
    private static let groups = 4

    private let loop: any EventLoop
    private var beats: [[UInt64: Beat]] = Array(repeating: [:], count: groups)
    private var next = Instant.zero
    private var group = 0
    private var count = 0
    private var running = false
    /// The latest beat of the last second, and how many there were: a loop whose beats are late is blocked or overloaded.
    private var latest = Duration.zero
    private var beaten = 0
    private let lateness = Recorder(label: "trunkline_loop_lateness_milliseconds")

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Adds a listener under a number of its own.
    package func add(_ id: UInt64, _ beat: @escaping Beat) {
        guard let smallest = beats.indices.min(by: { beats[$0].count < beats[$1].count }) else { return }
        beats[smallest][id] = beat
        count += 1
        guard !running else { return }
        running = true
        next = .now
        schedule()
    }

    package func remove(_ id: UInt64) {
        for index in beats.indices where beats[index].removeValue(forKey: id) != nil { count -= 1 }
    }

    private func schedule() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(0, next.nanoseconds)))) { bound.value.tick() }
    }

    private func tick() {
        guard count > 0 else {
            running = false
            return
        }
        let now = Instant.now
        note(lateness: now - next)
        for beat in beats[group].values { beat(now) }
        group = (group + 1) % beats.count
        next = next + Self.frame / Self.groups
        // After a stall (a stopped machine, a debugger) go on from now rather than send what is long past.
        if next + .milliseconds(200) < now { next = now }
        schedule()
    }

    private func note(lateness late: Duration) {
        latest = max(latest, late)
        beaten += 1
        guard beaten == 50 * Self.groups else { return }
        lateness.record(latest.inSeconds * 1_000)
        latest = .zero
        beaten = 0
    }
}
