"""Drivers run operations over a real connection: ``httpx_driver`` under asyncio, ``gevent_driver`` under gevent."""
