// A key is part of this target's interface: who imports it has the type, wherever it lives.
@_exported public import struct TelephonyPrimitives.Secret
