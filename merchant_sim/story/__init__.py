"""One voucher round from the deposit to the money's return, told in steps that any platform can be asked to do."""
