internal import Logging
internal import NIOCore
internal import SIPCore
internal import TelephonyPrimitives

/// Calls are refused while the process uses more than it may.
extension SIPUserAgent {
    /// Looks each second at what the process uses.
    func watchOverload() {
        guard let limits = configuration.overload else { return }
        overload = OverloadControl(limits: limits, processors: System.coreCount)
        measuring = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { [weak self] _ in
            self?.assumeIsolated { $0.measure() }
        }
    }

    private func measure() {
        guard var control = overload, let sample = OverloadControl.Sample.ofThisProcess() else { return }
        let changed = control.update(sample, now: .now)
        overload = control
        guard changed else { return }
        if let overload = control.overload {
            logger.warning("no new calls are taken", metadata: ["reason": "\(overload.reason)"])
        } else {
            logger.notice("calls are taken again")
        }
        finish(.overload(control.overload))
    }
}
