"""A voucher pays part of an order at a till, exactly once; what is never used expires."""
