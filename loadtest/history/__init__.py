"""The recorded history: one record an attempt, written before its bytes leave, read back as columns."""
