"""What every room uses: settings are passed in, nothing here knows a room."""
