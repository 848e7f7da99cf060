"""T+1 figures made again from the rows, by the definitions of the contract and by others that are in use."""
