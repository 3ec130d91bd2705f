/// The habits of a conversation.
public struct ConversationConfiguration: Sendable, Equatable {
    /// When nothing has been heard for this long, the dialogue is asked for a prompt.
    public var silencePrompt = Duration.seconds(8)
    /// When nothing has been heard from the caller for this long, the dialogue says goodbye and the call ends; not
    /// within 3 s of a prompt.
    public var silenceHangUp = Duration.seconds(20)
    /// The call ends after this long, whatever is said.
    public var maximumDuration = Duration.seconds(1_800)
    /// A part that has been at work for this long without a result has failed.
    public var patience = Duration.seconds(20)
    /// What is said when a part fails, before hanging up.
    public var apology = "I am sorry, something went wrong on our side. Please call again later."

    public init() {}
}
