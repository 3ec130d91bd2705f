/// Who goes on when a model is lost in mid-call, in order.
struct DuplexFallbacks: Sendable {
    private var models: ArraySlice<any SpeechToSpeech>
    private let context: DialogueContext
    private let format: SpeechFormat

    init(_ models: ArraySlice<any SpeechToSpeech>, context: DialogueContext, format: SpeechFormat) {
        self.models = models
        self.context = context
        self.format = format
    }

    var count: Int { models.count }

    /// A way to open a session of the next one, which is asked no second time; `nil` when there is none.
    ///
    /// - Parameter history: what it is told of the call.
    mutating func next(history: [TurnRecord]) -> Opening? {
        models.popFirst().map { model in
            var context = context
            context.history = history
            return Opening(model: model, context: context, format: format)
        }
    }

    struct Opening: Sendable {
        let model: any SpeechToSpeech
        let context: DialogueContext
        let format: SpeechFormat

        func open() async throws(ProviderError) -> any SpeechToSpeechSession {
            try await model.makeSession(context, format)
        }
    }
}
