"""Adapters put a vendor's own wire under the contract's operations, without I/O (see ``protocol``)."""
