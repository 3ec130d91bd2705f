internal import TelephonyPrimitives

/// What became of one change.
package enum SetupOutcome: Sendable, Hashable {
    case done
    /// It was not wanted.
    case declined
    /// Something that it needs was not made.
    case impossible
    case failed(TelnyxError)
}

extension SetupPlan {
    /// Makes the changes, one after the other, each of which may be declined; after one that fails, no other is tried.
    ///
    /// - Parameters:
    ///   - client: of the account.
    ///   - asking: whether a change is wanted.
    ///   - telling: told what became of each.
    /// - Returns: whether all of them are made.
    package func carryOut(
        with client: TelnyxClient, asking: (SetupChange) -> Bool, telling: (SetupChange, SetupOutcome) -> Void
    ) async -> Bool {
        var progress = SetupProgress()
        var isComplete = true
        for change in changes {
            guard let request = change.request(after: progress) else {
                telling(change, .impossible)
                isComplete = false
                continue
            }
            guard asking(change) else {
                telling(change, .declined)
                isComplete = false
                continue
            }
            do throws(TelnyxError) {
                change.note(try await client.send(request), in: &progress)
                telling(change, .done)
            } catch {
                telling(change, .failed(error))
                return false
            }
        }
        return isComplete
    }
}
