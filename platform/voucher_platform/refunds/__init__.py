"""An order is taken back, whole or in part: who gets what, and what becomes of the voucher."""
