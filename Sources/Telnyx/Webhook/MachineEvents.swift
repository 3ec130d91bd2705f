/// Who has answered.
public struct MachineResult: OpenName {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let human: MachineResult = "human"
    public static let machine: MachineResult = "machine"
    public static let notSure: MachineResult = "not_sure"
    public static let humanResidence: MachineResult = "human_residence"
    public static let humanBusiness: MachineResult = "human_business"
    public static let silence: MachineResult = "silence"
    public static let fax: MachineResult = "fax_detected"
    /// A telephone that asks who calls, and why.
    public static let screening: MachineResult = "screening"

    /// Whether a person is there.
    public var isHuman: Bool { self == .human || self == .humanResidence || self == .humanBusiness }
}

/// How the announcement of a machine ended.
public struct GreetingResult: OpenName {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let beep: GreetingResult = "beep_detected"
    public static let noBeep: GreetingResult = "no_beep_detected"
    public static let ended: GreetingResult = "ended"
    public static let notSure: GreetingResult = "not_sure"
}
