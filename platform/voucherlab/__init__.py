"""The command line of voucherlab: embedded services, supervisor, doctor."""
