"""Plans that come with the bench: ``quick`` (a minute), ``standard`` (three), ``full`` (an hour and more)."""
