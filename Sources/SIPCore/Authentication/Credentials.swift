/// A name and a password for digest authentication. Whatever prints it shows no password.
public struct Credentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    public var username: String
    public var password: String
    /// The one realm whose challenges these answer; `nil` answers any realm. Naming it keeps a stranger on the path from
    /// collecting digests of this password.
    public var realm: String?

    public init(username: String, password: String, realm: String? = nil) {
        self.username = username
        self.password = password
        self.realm = realm
    }

    public var description: String {
        "\(username) (password hidden)" + (realm.map { " for \($0)" } ?? "")
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: ["username": username, "realm": realm as Any], displayStyle: .struct)
    }
}
