"""The T+1 report: counted by SQL in one snapshot, completed by pure rules, written as JSON, CSV and xlsx."""
