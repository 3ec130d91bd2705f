internal import Agent
internal import CallAPI
internal import Synchronization

/// Where agents promise calls: the tool is made before the database is open, and works once it is.
final class CallbackDesk: Sendable {
    private let callbacks = Mutex<Callbacks?>(nil)

    func open(_ callbacks: Callbacks) {
        self.callbacks.withLock { $0 = callbacks }
    }

    var tool: ScheduleCallbackTool {
        ScheduleCallbackTool { [self] wish, context in
            guard let callbacks = callbacks.withLock({ $0 }) else { throw ToolRefusal("The office is not open yet.") }
            return try await callbacks.promise(wish, to: context.caller)
        }
    }
}
