"""How each refusal of the contract comes about: one story a code, told over HTTP."""
