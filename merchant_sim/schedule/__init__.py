"""Who does what when: pure timetables of a voucher round, each deterministic for its seed and city."""
