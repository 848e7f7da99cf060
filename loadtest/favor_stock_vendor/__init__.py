"""An emulated vendor whose wire is shaped like WeChat Pay's favor-stock API v3, with the payment network behind it.

Addresses, field names, states and error codes follow the public documentation (platform/decisions/0014 tells which do
not). It is correct by default, keeps everything in memory, and can be told to have one of the defects of
``defects.toml``. It is a test target, speaks to nobody but its tester, and moves no money.
"""
