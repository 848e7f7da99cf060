"""The guide's page: served by the demonstration itself, nothing from elsewhere, no business state in the browser."""
