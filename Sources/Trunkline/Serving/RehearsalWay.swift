internal import ArgumentParser
internal import TrunklineConfiguration

/// By which way callers reach an agent that is rehearsed here.
enum RehearsalWay: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Straight to its SIP port.
    case direct
    /// By the trunk of its configuration, with the sandbox in the place of the provider.
    case trunk
    /// By the Call Control of its configuration, with the sandbox in the place of Telnyx.
    case callControl = "call-control"

    /// The one by which a configuration takes calls.
    init(of settings: Configuration) {
        self = !settings.trunks.isEmpty ? .trunk : settings.callControl != nil ? .callControl : .direct
    }
}
