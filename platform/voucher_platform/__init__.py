"""The reference platform: one implementation of ``voucher_contract`` on PostgreSQL and Valkey or Redis."""
