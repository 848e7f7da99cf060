"""Sandbox: a business clock that can be moved and people that can be made. Never part of a real platform."""
