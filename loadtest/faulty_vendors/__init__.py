"""A small platform of its own that speaks the contract, correct unless told otherwise, with defects to be found.

It shares no code with the reference: only ``voucher_contract``'s routes, models and refusals, the definition of the
wire. ``books`` keeps what happened, ``wire`` speaks HTTP, ``desks`` answer the operations, ``t1`` makes the daily
report. ``defects.toml`` lists what it can be made to do wrong; each stands in the code as ``has("its-name")``, at the
one place where it changes something.
"""
